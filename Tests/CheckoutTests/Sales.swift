import Campaigns
import Checkout
import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy
import TestSupport

/// Receipts of a till where shopper, day and time matter, and what stands in the tables afterwards.
extension Till {
    /// A sale of one line of p1 (100.00 a piece) with the discount that the till gave.
    func sale(
        _ number: String, quantity: Int64 = 1, discount: Int64, quote: JSONValue? = nil, product: String = "p1",
        shopper: String? = "h1", day: String = "2026-03-09", soldAt: String? = nil
    ) -> JSONValue {
        var line = Self.line(
            1, product, 10_000 * quantity, quantity: quantity, discounts: [self.discount(quote, discount)]
        ).members
        line["paid_amount"] = .integer(10_000 * quantity - discount)
        var receipt: [String: JSONValue] = [
            "store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number),
            "sold_at": .string(soldAt ?? "\(day)T09:00:00Z"), "lines": [.object(line)],
        ]
        if let shopper { receipt["shopper_id"] = .string(shopper) }
        return .object(receipt)
    }

    /// A return of pieces of the first line of a sale.
    func back(
        _ number: String, of sale: String, quantity: Int64 = 1, amount: Int64, product: String = "p1",
        day: String = "2026-03-09", soldOn: String = "2026-03-09"
    ) -> JSONValue {
        [
            "store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number), "kind": "return",
            "sold_at": .string("\(day)T09:00:00Z"),
            "lines": [
                [
                    "line_no": 1, "product_id": .string(product), "quantity_milli": .integer(1_000 * quantity),
                    "unit": "piece", "regular_amount": .integer(10_000 * quantity),
                    "base_amount": .integer(10_000 * quantity), "paid_amount": .integer(amount),
                    "original": ["key": key(sale, soldOn), "line_no": 1],
                ]
            ],
        ]
    }

    func void(_ number: String, of sale: String, day: String = "2026-03-09") -> JSONValue {
        [
            "store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number), "kind": "void",
            "sold_at": .string("\(day)T09:00:00Z"), "original": key(sale, day), "lines": [],
        ]
    }

    private func key(_ number: String, _ day: String) -> JSONValue {
        ["store_id": "s1", "till": "1", "business_day": .string(day), "number": .string(number)]
    }

    /// A receipt that must be taken; what became of its first discount.
    @discardableResult
    func accepted(_ receipt: JSONValue) async throws -> JSONValue {
        let reply = try await post(receipt)
        guard reply.status == 201 else { throw Refused(action: "receipt", status: reply.status, body: reply.text) }
        return reply.json["discounts"][0]
    }

    /// Used and held units of the campaign's limits: `units_per_shopper_day 2026-03-09: 1 0`.
    func counters() async throws -> [String] {
        let (retailer, campaign) = (town.retailer, campaign)
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT concat_ws(' ', counter, NULLIF(period, '')) || format(': %s %s', used, held)
                FROM limit_counter
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
                ORDER BY counter, period
                """
            ) { row in try row.next(String.self) }
        }
    }

    /// What `verify` finds, of all checks.
    func findings() async throws -> [String] {
        let verification = Verification(town.market.database)
        var found: [String] = []
        for check in LedgerCheck.ledger + LedgerCheck.checkout {
            let report = try await verification.run(check, of: town.retailer)
            found += report.examples.map { "\(check.name) \($0.subject): \($0.detail)" }
        }
        return found
    }

    func change(_ sql: @escaping @Sendable (RetailerID) -> SQL) async throws {
        let retailer = town.retailer
        _ = try await town.market.database.transaction(as: .retailer(retailer)) { tx in try tx.execute(sql(retailer)) }
    }

    /// The time of everything that quotes keep is up.
    func letHoldsLapse() async throws {
        for table in ["held_quote", "hold"] as [StaticString] {
            try await change { retailer in
                """
                UPDATE \(raw: table) SET expires_at = clock_timestamp() - interval '1 second'
                WHERE retailer_id = \(retailer) AND state = 'pending'
                """
            }
        }
    }

    /// The bodies of the campaign's events of a type.
    func events(_ type: String) async throws -> [JSONValue] {
        let retailer = town.retailer
        let events = try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.events(of: retailer, after: 0, limit: 1_000)
        }
        return try events.filter { $0.type == type }.map { try JSONReader.parse($0.data) }
    }
}
