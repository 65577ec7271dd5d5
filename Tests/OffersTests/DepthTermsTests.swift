import Campaigns
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What an author of depths may ask for, and what is known of them before a launch.
@Suite struct DepthTermsTests {
    @Test func `a draft of which somebody would get nothing is refused`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
            try await market.makePrices(["p1": 40], of: town.retailer)
            let refused = await #expect(throws: NotAnswered.self) {
                try await town.launch([
                    "reward": ["type": "percent_off", "basis_points": 2_500],
                    "depth_by_shopper": [
                        "rules": [["rule": "missing_category", "depth_bp": 2_500]], "otherwise_bp": 100,
                    ],
                ])
            }
            #expect(refused?.reply.contains("no_benefit") == true)
        }
    }

    @Test func `a forecast says what each depth comes to, to the retailer, and a supplier's knows no cost`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
            let campaign = try await town.launch(OfferTown.threeDepths, at: "2026-03-08T12:00:00Z")
            let same = try await town.launch(at: "2026-03-08T12:01:00Z")
            let analyst = try await market.key(of: town.retailer, .analyst)
            let forecast = { (id: CampaignID, key: KeyToken) in
                try await market.post("\(town.path)/campaigns/\(id)/forecast", as: key, [:]).json
            }

            let exact = try await forecast(campaign, analyst)
            let rounded = try await forecast(campaign, town.marketer)

            let parts = exact["by_depth"].elements
            #expect(parts.map { $0["depth_bp"] } == [1_000, 1_500, 2_500])
            #expect(parts.map { $0["shoppers"] } == [1, 58, 1])
            let units = parts.reduce(0) { $0 + ($1["units"].integer ?? 0) }
            let discounts = parts.reduce(0) { $0 + ($1["discounts"]["amount"].integer ?? 0) }
            #expect(units > 0)
            #expect(exact["uncapped"]["units"]["p50"] == .integer(units))
            #expect(exact["uncapped"]["discounts"]["p50"]["amount"] == .integer(discounts))
            // A unit costs 100 roubles, so a basis point of it is a kopeck.
            for part in parts {
                #expect(part["discounts"]["amount"].integer == (part["units"].integer ?? 0) * (part["depth_bp"].integer ?? 0))
            }
            #expect(rounded["by_depth"] == [])
            #expect(try await forecast(same, analyst)["by_depth"] == [])

            // With costs the shopper of whom that rule is true is another; of a supplier's forecast nothing changes.
            try await town.switchOn(["deep_promotion_buyer": ["receipts_min": 1, "spend_share_bp": 1, "depth_bp": 1]])
            let deep = try await town.launch(
                OfferTown.threeDepths.merging([
                    "depth_by_shopper": [
                        "rules": [["rule": "deep_promotion_buyer", "depth_bp": 100]], "otherwise_bp": 2_500,
                    ]
                ]) { $1 }, at: "2026-03-08T12:02:00Z")
            let before = (try await forecast(deep, analyst), try await forecast(deep, town.marketer))
            let retailer = town.retailer
            try await market.load(retailer) { tx, _ in
                for product in ["p1", "p2", "p3"] {
                    try tx.execute(
                        """
                        INSERT INTO price_bound (retailer_id, product_id, kind, valid_from, amount)
                        VALUES (\(retailer), \(product), 'cost', '2026-01-01', \(product == "p2" ? 1 : 9_900 as Int64))
                        """)
                }
            }
            let after = (try await forecast(deep, analyst), try await forecast(deep, town.marketer))
            #expect(before.0["by_depth"][0]["shoppers"] == 1)
            #expect(after.0["by_depth"][0]["shoppers"] == 0)
            for member in ["reach", "redeemers", "uncapped", "capped"] { #expect(before.1[member] == after.1[member]) }
        }
    }

    @Test func `sizes are told before a rule is switched on, at any thresholds, and nothing is kept`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
            let analyst = try await market.key(of: town.retailer, .analyst)
            let path = "\(town.path)/depth-rules/preview"
            _ = try await town.advance(to: "2026-03-09T09:00:00Z")

            let plain = try await market.post(path, as: analyst, ["category_id": "c1"])
            let strict = try await market.post(
                path, as: analyst, ["depth_rules": ["small_discount_buyer": ["depth_bp": 400, "is_on": false]]])
            let unknown = try await market.post(path, as: analyst, ["category_id": "none"])
            let bad = try await market.post(path, as: analyst, ["depth_rules": ["missing_category": ["neighbours": 3]]])
            let suppliers = try await market.post(path, as: town.marketer, [:])

            #expect(plain.json["looked_at"] == 14)
            #expect(plain.json["is_exact"] == true)
            #expect(plain.json["data"].elements.map { $0["shoppers"] } == [0, 1, 1])
            #expect(plain.json["data"].elements.map { $0["share_bp"] } == [0, 714, 714])
            #expect(plain.json["data"].elements.map { $0["is_on"] } == [false, true, true])
            #expect(plain.json["data"][2]["thresholds"] == ["neighbours": 10, "neighbour_share_bp": 6_000, "days": 90])
            #expect(strict.json["data"].elements.map { $0["shoppers"] } == [0, 0, nil])
            #expect(strict.json["data"][1]["is_on"] == false)
            #expect((unknown.status, unknown.json["errors"][0]["code"]) == (422, "unknown_category"))
            #expect(bad.json["errors"][0]["pointer"] == "/depth_rules/missing_category/neighbours")
            #expect(suppliers.status == 403)
            let again = try await market.post(path, as: analyst, [:])
            #expect(again.json["data"][1]["shoppers"] == 1)
        }
    }

    @Test func `a campaign with depths is not opened to everyone while it runs`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
            let campaign = try await town.running(OfferTown.threeDepths)
            let change = { (name: String, value: JSONValue) in
                try await market.post(
                    "\(town.path)/campaigns/\(campaign)/changes", as: town.marketer, [name: value, "reason": "more"],
                    headers: [("Idempotency-Key", name)])
            }

            let opened = try await change("eligibility", ["type": "everyone"])
            let levelled = try await change("depth_by_shopper", nil)

            #expect((opened.status, opened.json["errors"][0]["pointer"]) == (422, "/eligibility"))
            #expect((levelled.status, levelled.json["errors"][0]["code"]) == (422, "cannot_change"))
        }
    }

    @Test func `a rule that the retailer has not switched on is refused at submit`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.switchOn(["small_discount_buyer": [:]])
            let refused = await #expect(throws: NotAnswered.self) { try await town.launch(OfferTown.threeDepths) }

            #expect(refused?.reply.contains("depth_rule_off") == true)
            #expect(refused?.reply.contains("Off: missing_category.") == true)
        }
    }

    struct Senseless: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var reward: JSONValue = ["basis_points": 2_500, "type": "percent_off"]
        var changes: [String: JSONValue] = [:]
    }

    private static func depths(_ rules: [JSONValue]) -> [String: JSONValue] {
        ["depth_by_shopper": ["rules": .array(rules), "otherwise_bp": 1_500]]
    }

    @Test(arguments: [
        Senseless(testDescription: "not_the_reward", reward: ["basis_points": 2_000, "type": "percent_off"]),
        Senseless(testDescription: "not_a_percentage", reward: ["amount_per_unit": 2_000, "type": "amount_off"]),
        Senseless(testDescription: "open_campaign", changes: ["eligibility": ["type": "everyone"]]),
        Senseless(
            testDescription: "repeated",
            changes: depths([
                ["rule": "missing_category", "depth_bp": 2_500], ["rule": "missing_category", "depth_bp": 1_000],
            ])),
        Senseless(testDescription: "bad_length", changes: depths([])),
        Senseless(testDescription: "unknown_word", changes: depths([["rule": "cat_owner", "depth_bp": 2_500]])),
        Senseless(testDescription: "out_of_range", changes: depths([["rule": "missing_category", "depth_bp": 0]])),
    ])
    func `depths that make no sense are refused`(senseless: Senseless) async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let terms: [String: JSONValue] = [
                "name": "Milk", "agreement_id": .string("\(town.agreement)"), "products": ["ids": ["p1"]],
                "starts_at": "2026-03-09T00:00:00", "ends_at": "2026-03-23T00:00:00",
                "budget": ["amount": 500_000, "currency": "RUB"],
                "eligibility": ["type": "audience", "audience_id": town.audience, "version": 1],
            ]
            let reply = try await market.post(
                "\(town.path)/campaigns", as: town.marketer,
                .object(
                    terms.merging(OfferTown.threeDepths) { $1 }.merging(["reward": senseless.reward]) { $1 }
                        .merging(senseless.changes) { $1 }))

            #expect(reply.status == 422)
            let codes = reply.json["errors"].elements.compactMap { $0["code"].string }
            #expect(codes.contains(senseless.testDescription), "\(reply.text)")
        }
    }
}
