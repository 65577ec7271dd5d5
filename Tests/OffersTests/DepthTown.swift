import Catalogue
import JSONText
import Kernel
import Tenancy
import TestSupport

/// What tests of depths by shopper ask of a town.
extension OfferTown {
    /// 25 % for who misses the category, 10 % for who buys at small discounts, 15 % for everybody else.
    static let threeDepths: [String: JSONValue] = [
        "reward": ["type": "percent_off", "basis_points": 2_500],
        "depth_by_shopper": [
            "rules": [
                ["rule": "missing_category", "depth_bp": 2_500], ["rule": "small_discount_buyer", "depth_bp": 1_000],
            ],
            "otherwise_bp": 1_500,
        ],
    ]

    /// Of the shoppers of a town `h1` buys at small discounts, `h3` buys nothing of the campaign's category though most do who
    /// buy alike, and of nobody else a rule is true.
    static func ofDepths(in market: TestMarket) async throws -> OfferTown {
        let town = try await OfferTown.make(in: market)
        try await market.makeProducts(3, of: town.retailer, suppliers: [town.supplier]) { product in
            if product.id.text == "p3" { product.category = ExternalID(stored: "c2") }
        }
        try await town.switchOn(["missing_category": ["neighbours": 10], "small_discount_buyer": [:]])
        try await town.sell("p2", to: "h1", number: "1", on: "2026-03-03", paid: 9_500)
        try await town.sell("p3", to: "h3", number: "3", on: "2026-03-03", paid: 10_000)
        for number in 4...15 {
            try await town.sell("p3", to: "h\(number)", number: "\(number)", on: "2026-03-04", paid: 10_000)
            try await town.sell("p1", to: "h\(number)", number: "\(number)m", on: "2026-03-05", paid: 10_000)
        }
        return town
    }

    /// Switches rules on, with these thresholds.
    func switchOn(_ rules: [String: JSONValue]) async throws {
        let edited = rules.mapValues { thresholds in JSONValue.object(thresholds.members.merging(["is_on": true]) { $1 }) }
        try await choose(["depth_rules": .object(edited)])
    }

    /// A piece of a product is sold that costs 100 roubles on the shelf.
    func sell(_ product: String, to shopper: String, number: String, on day: String, paid: Int64) async throws {
        let line: JSONValue = [
            "line_no": 1, "product_id": .string(product), "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
            "base_amount": .integer(paid), "paid_amount": .integer(paid),
        ]
        try await file(line, shopper, number, at: "\(day)T10:00:00Z")
    }

    /// What a hold of a piece of `p1` keeps for a shopper: its quote.
    func held(_ shopper: String) async throws -> JSONValue {
        let reply = try await market.post(
            "\(path)/quotes", as: try await market.key(of: retailer, .till),
            [
                "store_id": "s1", "basket_id": .string("hold of \(shopper)"), "shopper_id": .string(shopper), "hold": true,
                "lines": [
                    [
                        "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                        "base_amount": 10_000,
                    ]
                ],
            ], headers: [("Idempotency-Key", "hold-\(shopper)")])
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
        return reply.json
    }

    /// A piece of `p1` is sold with a campaign's discount, quoted or not.
    func redeem(_ minor: Int64, of campaign: String, by shopper: String, number: String, at time: String, quote: String? = nil)
        async throws -> JSONValue
    {
        var discount: [String: JSONValue] = ["campaign_id": .string(campaign), "amount": .integer(minor)]
        if let quote { discount["quote_id"] = .string(quote) }
        let line: JSONValue = [
            "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
            "base_amount": 10_000, "paid_amount": .integer(10_000 - minor),
            "discounts": [.object(discount)],
        ]
        return try await file(line, shopper, number, at: time)
    }

    @discardableResult
    private func file(_ line: JSONValue, _ shopper: String, _ number: String, at time: String) async throws -> JSONValue {
        market.clock.set(max(Instant(time)!, market.clock.now))
        let receipt: JSONValue = [
            "store_id": "s1", "till": "1", "business_day": .string(String(time.prefix(10))), "number": .string(number),
            "shopper_id": .string(shopper), "sold_at": .string(time), "lines": [line],
        ]
        let reply = try await market.post("\(path)/receipts", as: try await market.key(of: retailer, .till), receipt)
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        return reply.json
    }

    /// What a shopper is shown off `p1`, in minor units.
    func shownDiscounts(to shopper: String) async throws -> [Int64] {
        try await offers(of: shopper).json["data"].elements.compactMap { $0["discount"]["amount"].integer }
    }

    /// What the till is quoted off a piece of `p1` that costs 100 roubles.
    func quotedDiscount(for shopper: String) async throws -> Int64? {
        let reply = try await market.post(
            "\(path)/quotes", as: try await market.key(of: retailer, .till),
            [
                "store_id": "s1", "basket_id": .string("basket of \(shopper)"), "shopper_id": .string(shopper),
                "lines": [
                    [
                        "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                        "base_amount": 10_000,
                    ]
                ],
            ])
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
        return reply.json["total_discount"]["amount"].integer
    }
}
