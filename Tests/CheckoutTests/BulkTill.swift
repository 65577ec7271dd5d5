import Checkout
import JSONText
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy
import TestSupport

/// What a till sent while it was offline, as a file.
extension Till {
    /// What became of each receipt, as its line's outcome or reject says.
    struct FileAnswer: Sendable {
        let load: JSONValue
        let outcomes: [JSONValue]
        let rejects: [JSONValue]

        /// The discounts of the receipt on a line.
        func discounts(_ line: Int64) -> [JSONValue] {
            outcomes.first { $0["line"] == .integer(line) }?["discounts"].elements ?? []
        }
    }

    static func ndjson(_ receipts: [JSONValue]) -> [UInt8] { receipts.flatMap { $0.jsonBytes + [UInt8(ascii: "\n")] } }

    func sendFile(_ receipts: [JSONValue], key: String? = nil) async throws -> FileAnswer {
        let market = town.market
        let feed = try await market.key(of: town.retailer, .feed)
        let path = "/v1/retailers/\(town.retailer)/imports"
        let reply = try await market.upload(
            "\(path)/receipts", as: feed, Self.ndjson(receipts), type: "application/x-ndjson",
            headers: key.map { [("Idempotency-Key", $0)] } ?? [])
        guard reply.status == 200, let id = reply.json["id"].string else {
            throw Refused(action: "import", status: reply.status, body: reply.text)
        }
        return FileAnswer(
            load: reply.json, outcomes: try lines(of: try await market.get("\(path)/\(id)/outcomes", as: feed)),
            rejects: try lines(of: try await market.get("\(path)/\(id)/rejects", as: feed)))
    }

    private func lines(of reply: TestClient.Reply) throws -> [JSONValue] {
        guard reply.status == 200 else { throw Refused(action: "report", status: reply.status, body: reply.text) }
        return try reply.text.split(separator: "\n").map { try JSONReader.parse(Array($0.utf8)) }
    }

    var importTarget: ImportTarget { ImportTarget(town.market.database, town.retailer, in: town.market.clock.world) }

    /// All that money and limits say, without ids: two towns that did the same have the same books.
    func books() async throws -> [String] {
        let retailer = town.retailer
        let rows = try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT concat_ws(' ', 'account', kind, supplier_id IS NULL, debits_pending, debits_posted, credits_pending,
                    credits_posted, seq) AS row
                FROM account WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'transfer', kind, business_day, amount, count(*))
                FROM transfer WHERE retailer_id = \(retailer) AND kind <> 'top_up'
                GROUP BY kind, business_day, amount
                UNION ALL
                SELECT concat_ws(' ', 'redemption', business_day, number, line_no, unit, quantity_milli, units, claimed_amount,
                    allowed_amount, funded_amount, fee_amount, reason, borne_amount, counted_on, sold_at)
                FROM redemption WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'returned', return_business_day, return_number, return_line_no, quantity_milli,
                    discount_amount, fee_amount, borne_amount, units)
                FROM redemption_return WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'back', business_day, number, line_no, match, original_number)
                FROM return_line WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'receipt', business_day, number, kind, total, voided_at IS NOT NULL,
                    is_clock_suspect AND kind = 'sale')
                FROM receipt WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'borne', reason, month, borne_amount)
                FROM unfunded_borne WHERE retailer_id = \(retailer)
                UNION ALL
                SELECT concat_ws(' ', 'event', type, count(*))
                FROM event WHERE retailer_id = \(retailer) AND type LIKE 'redemption.%'
                GROUP BY type
                UNION ALL
                SELECT concat_ws(' ', 'stub', product_id) FROM product WHERE retailer_id = \(retailer)
                ORDER BY 1
                """
            ) { row in try row.next(String.self) }
        }
        return rows + (try await shopperCounters())
    }

    /// Used and held units of every counter, by the shopper's id.
    private func shopperCounters() async throws -> [String] {
        let retailer = town.retailer
        return try await town.market.database.read(as: .retailer(retailer)) { tx in
            try tx.query(
                """
                SELECT concat_ws(' ', counter.counter, card.shopper_id, counter.period, counter.used, counter.held)
                FROM limit_counter AS counter LEFT JOIN shopper_card AS card
                    ON card.retailer_id = \(retailer) AND card.shopper_key::text = counter.subject
                    AND counter.counter LIKE 'units_per_shopper%'
                WHERE counter.retailer_id = \(retailer) AND (counter.used <> 0 OR counter.held <> 0)
                ORDER BY 1
                """
            ) { row in try row.next(String.self) }
        }
    }
}
