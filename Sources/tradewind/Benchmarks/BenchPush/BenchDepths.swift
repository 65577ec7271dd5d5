import App
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// A town whose campaign gives each shopper a depth by what they bought.
extension BenchTown {
    static let receiptsOfShopper = 12
    static let historyDays: Int32 = 84

    func addDepths(on database: Database) async throws {
        let today = OutsideWorld.real.now().utcDay
        _ = try await addHistory(
            receipts: Self.receiptsOfShopper, days: Self.historyDays, before: today, isPriced: true, on: database)
        var rules = DepthRules()
        rules.on = Set(DepthRule.allCases)
        try await database.transaction(as: .retailer(retailer)) { [rules] tx in
            try tx.pipeline([
                "INSERT INTO category (retailer_id, category_id, name) SELECT \(retailer), 'c' || n, 'c' || n FROM generate_series(0, 99) AS n",
                "UPDATE product SET category_id = 'c' || (ordinal % 100) WHERE retailer_id = \(retailer)",
                "UPDATE policy SET depth_rules = \(JSONB(rules.jsonBytes)) WHERE retailer_id = \(retailer)",
                """
                UPDATE campaign_version
                SET reward = '{"type": "percent_off", "basis_points": 2500}', depth_by_shopper = '{
                    "rules": [
                        {"rule": "deep_promotion_buyer", "depth_bp": 500}, {"rule": "small_discount_buyer", "depth_bp": 1000},
                        {"rule": "missing_category", "depth_bp": 2500}
                    ], "otherwise_bp": 1500}'
                WHERE retailer_id = \(retailer)
                """,
            ])
        }
    }

    /// Shoppers by depth, in basis points.
    func promisedByDepth(on database: Database) async throws -> [(depth: Int32, count: Int64)] {
        try await database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                "SELECT depth_bp, sum(counted)::bigint FROM offer_grant WHERE retailer_id = \(retailer) GROUP BY 1 ORDER BY 1",
                { row in (depth: try row.next(), count: try row.next()) })
        }
    }
}
