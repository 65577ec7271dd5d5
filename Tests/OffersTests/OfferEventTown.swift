import App
import Campaigns
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport

/// What tests of offers' events ask of a town.
extension OfferTown {
    func event(
        _ type: String, _ shopper: String, _ campaign: CampaignID, at time: String = "2026-03-09T09:00:00Z"
    ) -> JSONValue {
        [
            "type": .string(type), "shopper_id": .string(shopper), "campaign_id": .string("\(campaign)"), "at": .string(time),
        ]
    }

    func tell(_ events: [JSONValue]) async throws -> TestClient.Reply {
        try await market.post("\(path)/offers/events", as: app, ["events": .array(events)])
    }

    func reach(of campaign: CampaignID) async throws -> JSONValue {
        try await market.get("\(path)/campaigns/\(campaign)/reach", as: approver).json
    }

    func activation(of campaign: CampaignID, shownTo shopper: String) async throws -> String? {
        try await offers(of: shopper).json["data"].elements.first { $0["campaign_id"].string == "\(campaign)" }?["activation"]
            .string
    }

    /// Why the till gives nothing on a piece of p1.
    func reasons(to shopper: String?) async throws -> [String] {
        let till = try await market.key(of: retailer, .till)
        let line: JSONValue = [
            "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
            "base_amount": 10_000,
        ]
        var basket: [String: JSONValue] = ["store_id": "s1", "lines": [line]]
        if let shopper { basket["shopper_id"] = .string(shopper) }
        let reply = try await market.post("\(path)/quotes", as: till, .object(basket))
        guard reply.status == 200 else { throw NotAnswered(reply: reply.text) }
        return reply.json["reasons"].elements.compactMap { $0["reason"].string }
    }

    /// What is paid of the discount on a piece of p1 that the till gave without a quote.
    func paid(
        _ number: String, soldAt: String, of campaign: CampaignID, to shopper: String
    ) async throws -> Int64? {
        let till = try await market.key(of: retailer, .till)
        let reply = try await market.post(
            "\(path)/receipts", as: till,
            [
                "store_id": "s1", "till": "1", "business_day": "2026-03-09", "number": .string(number), "kind": "sale",
                "sold_at": .string(soldAt), "shopper_id": .string(shopper),
                "lines": [
                    [
                        "line_no": 1, "product_id": "p1", "quantity_milli": 1_000, "unit": "piece", "regular_amount": 10_000,
                        "base_amount": 10_000, "discounts": [["campaign_id": .string("\(campaign)"), "amount": 1_500]],
                    ]
                ],
            ])
        guard reply.status == 201 else { throw NotAnswered(reply: reply.text) }
        return reply.json["discounts"][0]["funded_amount"].integer
    }

    /// Key, impressions, clicks, and whether it is activated.
    func told() async throws -> [String] {
        let retailer = retailer
        return try await market.load(retailer) { tx, _ in
            try tx.query(
                """
                SELECT seen.shopper_key || ' ' || seen.impressions || ' ' || seen.clicks || ' '
                    || EXISTS (
                        SELECT FROM offer_activation AS active
                        WHERE active.retailer_id = seen.retailer_id AND active.campaign_id = seen.campaign_id
                            AND active.shopper_key = seen.shopper_key
                    )
                FROM offer_attention AS seen
                WHERE seen.retailer_id = \(retailer)
                ORDER BY 1
                """, { row in try row.next() })
        }
    }
}
