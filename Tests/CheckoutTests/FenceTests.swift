import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

/// What the database shows to a supplier of counters and shares, whatever a query asks for (DOMAIN 10).
@Suite struct FenceTests {
    @Test func `a supplier sees no counter, and of shares and returns those of its own accounts`() async throws {
        try await TestMarket.run { market in
            let till = try await Till.openShared(in: market, suppliersShare: 5_000, retailersShares: [5_000])
            try await till.accepted(till.sale("1", discount: 1_500))
            try await till.accepted(till.back("2", of: "1", amount: 8_500))
            let (town, rival) = (till.town, try await market.makeSupplier())

            #expect(try await rows(.retailer(town.retailer), market) == [1, 2, 2])
            #expect(try await rows(.supplier(town.supplier, at: town.retailer), market) == [0, 1, 1])
            #expect(try await rows(.supplier(rival, at: town.retailer), market) == [0, 0, 0])
        }
    }

    private func rows(_ scope: Scope, _ market: TestMarket) async throws -> [Int64] {
        try await market.database.read(as: scope) { tx in
            try tx.one(
                """
                SELECT (SELECT count(*) FROM limit_counter), (SELECT count(*) FROM redemption_share),
                    (SELECT count(*) FROM redemption_return)
                """
            ) { row in [try row.next(), try row.next(), try row.next()] }
        }
    }
}
