import App
import Glibc
import Kernel
import Parties
import Postgres
import Shoppers
import SystemPackage
import Tenancy
import TestSupport
import Testing

/// `tradewind audiences count` as a marketer's colleague runs it on the machine.
@Suite struct CountCommandTests {
    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `it counts, explains, and says of a wrong file where it is wrong`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        try await TestMarket.run(on: database) { market in
            let retailer = try await market.makeRetailer()
            try await market.makeShoppers(7, of: retailer)
            let feed = try await market.key(of: retailer, .feed)
            _ = try await market.put(
                "/v1/retailers/\(retailer)/tags/cats/members", as: feed, ["shopper_ids": ["h1", "h2", "h3"]])
            let count: (String, String, [String]) async throws -> BuiltProgram.Outcome = { retailer, predicate, more in
                try await Self.count(retailer, predicate, more, on: address)
            }

            let good = try await count("\(retailer)", #"{"tags":{"any":["cats"]}}"#, [])
            let explained = try await count("\(retailer)", #"{"not":{"tags":{"any":["cats"]}}}"#, ["--explain"])
            let window = try await count(
                "\(retailer)", #"{"all":[{"tags":{"any":["cats"]}},{"bought":{"brands":["b"],"within_days":7}}]}"#, [])
            let empty = try await count("\(retailer)", "", [])
            let unknown = try await count("\(RetailerID(Identifier(high: 1, low: 1)))", "{}", [])
            let stranger = try await count("\(RetailerID(Identifier(high: 1, low: 1)))", #"{"tags":{"any":["cats"]}}"#, [])

            #expect(good.isSuccess && good.output == "3\n", "\(good.output)")
            #expect(explained.isSuccess && explained.output.contains("4 of 7"), "\(explained.output)")
            #expect(explained.output.contains("1. asked 7, kept 4"), "\(explained.output)")
            #expect(window.output.contains("is no predicate:\n  /all/1/bought/within_days: "), "\(window.output)")
            #expect(empty.output.contains("ended unexpectedly, at byte 0"), "\(empty.output)")
            #expect(unknown.output.contains("  (whole): "), "\(unknown.output)")
            #expect(stranger.output.contains("there is no retailer retailer_"), "\(stranger.output)")
            #expect([window, empty, unknown, stranger].allSatisfy { !$0.isSuccess })
        }
        await database.close()
    }

    private static func count(
        _ retailer: String, _ predicate: String, _ more: [String], on address: String
    ) async throws -> BuiltProgram.Outcome {
        let path = FilePath("/tmp/tradewind-predicate-\(OutsideWorld.real.random()).json")
        let file = try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(predicate.utf8) }
        defer { unsafe _ = unlink(path.string) }
        return try await BuiltProgram.run(
            ["audiences", "count", "--database-url", address, "--retailer", retailer, "--file", path.string] + more)
    }
}
