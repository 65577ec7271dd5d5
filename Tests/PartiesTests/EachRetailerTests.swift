import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct EachRetailerTests {
    private struct Broken: Error {}

    @Test func `work that fails at one retailer is done at all others, and the fault names the retailer`() async throws {
        let database = try await TestDatabase.clone()
        try await TestMarket.run(on: database) { market in
            var made: [RetailerID] = []
            for _ in 0..<3 { made.append(try await market.makeRetailer()) }
            let broken = made[1]
            var done: [RetailerID] = []

            await #expect(
                performing: {
                    try await database.forEachRetailer { retailer in
                        if retailer == broken { throw Broken() }
                        done.append(retailer)
                    }
                }, throws: { "\($0)" == "retailer \(broken): Broken()" })
            #expect(Set(done).isSuperset(of: [made[0], made[2]]))
            #expect(!done.contains(broken))
        }
        await database.close()
    }

    @Test func `a cancelled walk ends at once, and of many faults the first are told`() async throws {
        let database = try await TestDatabase.clone()
        try await TestMarket.run(on: database) { market in
            for _ in 0..<7 { _ = try await market.makeRetailer() }
            let count = try await database.retailers().count
            var turns = 0
            await #expect(throws: CancellationError.self) {
                try await database.forEachRetailer { _ in
                    turns += 1
                    throw CancellationError()
                }
            }
            #expect(turns == 1)
            await #expect(
                performing: { try await database.forEachRetailer { _ in throw Broken() } },
                throws: { "\($0)".hasSuffix("; and \(count - 5) more") })
        }
        await database.close()
    }
}
