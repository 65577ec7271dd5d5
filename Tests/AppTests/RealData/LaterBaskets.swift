import JSONText
import Kernel
import Postgres
import TestSupport

/// A basket of the files, for a till to sell again.
struct LaterBasket: Sendable {
    let id: String
    let household: String
    let store: String
    let day: String
    let soldAt: Instant
    let lines: [Line]

    struct Line: Sendable {
        let number: Int64
        let product: String
        let quantityMilli: Int64
        let regular: Int64
        let base: Int64
        /// After the manufacturer's own coupon.
        let paid: Int64
    }

    /// Those of the campaign's weeks, as they were sold.
    static func all(in files: StagedFiles) async throws -> [LaterBasket] {
        try await files.ask(
            .completeJourney,
            """
            SELECT basket_id, household_id, store_id, day::text, min(sold_at), array_agg(line_no ORDER BY line_no),
                array_agg(product_id ORDER BY line_no), array_agg(quantity_milli ORDER BY line_no),
                array_agg(regular ORDER BY line_no), array_agg(base ORDER BY line_no), array_agg(money ORDER BY line_no)
            FROM line
            WHERE day >= \(BusinessDay(CampaignRules.firstDay)!) AND day < \(BusinessDay(CampaignRules.endDay)!)
            GROUP BY basket_id, household_id, store_id, day
            ORDER BY min(sold_at), basket_id COLLATE "C"
            """
        ) { row in
            let (id, household, store, day): (String, String, String, String) = (
                try row.next(), try row.next(), try row.next(), try row.next()
            )
            let soldAt: Instant = try row.next()
            let (numbers, products): ([Int64], [String]) = (try row.next(), try row.next())
            let (quantities, regular): ([Int64], [Int64]) = (try row.next(), try row.next())
            let (base, paid): ([Int64], [Int64]) = (try row.next(), try row.next())
            return LaterBasket(
                id: id, household: household, store: store, day: day, soldAt: soldAt,
                lines: numbers.indices.map {
                    Line(
                        number: numbers[$0], product: products[$0], quantityMilli: quantities[$0], regular: regular[$0],
                        base: base[$0], paid: paid[$0])
                })
        }
    }

    var quote: JSONValue {
        [
            "store_id": .string(store), "shopper_id": .string(household),
            "lines": .array(lines.map { .object($0.members) }),
        ]
    }

    var key: [String: JSONValue] {
        ["store_id": .string(store), "till": "1", "business_day": .string(day), "number": .string(id)]
    }

    /// With the discounts of its quote, as the till gave them.
    func receipt(quoted quote: JSONValue) -> JSONValue {
        let given = Dictionary(
            quote["lines"].elements.map { ($0["line_no"].integer ?? 0, $0["discounts"].elements) }, uniquingKeysWith: { $1 })
        let lines = lines.map { line -> JSONValue in
            let discounts = (given[line.number] ?? []).map { discount -> JSONValue in
                ["campaign_id": discount["campaign_id"], "amount": discount["amount"], "quote_id": quote["quote_id"]]
            }
            let off = discounts.reduce(0) { $0 + ($1["amount"].integer ?? 0) }
            var members = line.members
            members["paid_amount"] = .integer(max(0, line.paid - off))
            if !discounts.isEmpty { members["discounts"] = .array(discounts) }
            return .object(members)
        }
        return .object(
            key.merging([
                "kind": "sale", "sold_at": .string("\(soldAt)"), "shopper_id": .string(household), "lines": .array(lines),
            ]) { $1 })
    }

    /// The whole line comes back.
    func giveBack(line number: Int64, paid: Int64, as document: String) -> JSONValue {
        guard let line = lines.first(where: { $0.number == number }) else { return .null }
        let returned = line.members.merging([
            "line_no": 1, "paid_amount": .integer(paid),
            "original": ["key": .object(key), "line_no": .integer(number)],
        ]) { $1 }
        return [
            "store_id": .string(store), "till": "1", "business_day": .string(CampaignRules.endDay), "number": .string(document),
            "kind": "return", "sold_at": .string("\(CampaignRules.endDay)T15:00:00Z"), "shopper_id": .string(household),
            "lines": [.object(returned)],
        ]
    }
}

extension LaterBasket.Line {
    fileprivate var members: [String: JSONValue] {
        [
            "line_no": .integer(number), "product_id": .string(product), "quantity_milli": .integer(quantityMilli),
            "unit": "piece", "regular_amount": .integer(regular), "base_amount": .integer(base),
        ]
    }
}
