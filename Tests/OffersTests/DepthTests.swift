import App
import Bitmaps
import Campaigns
import Catalogue
import EventLog
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// How deep a discount is for whom.
@Suite struct DepthTests {
    /// Of the shoppers of a town `h1` buys at small discounts, `h3` buys nothing of the campaign's category though most do who
    /// buy alike, and of nobody else a rule is true.
    private static func make(in market: TestMarket) async throws -> OfferTown {
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

    @Test func `each shopper is shown, told of and given the depth of the first rule that is true of them`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            let campaign = try await town.running(OfferTown.threeDepths)

            for (shopper, discount) in [("h1", 1_000), ("h2", 1_500), ("h3", 2_500), ("h4", 1_500)] as [(String, Int64)] {
                #expect(try await town.shownDiscounts(to: shopper) == [discount], "\(shopper)")
                #expect(try await town.quotedDiscount(for: shopper) == discount, "\(shopper)")
                let explained = try await town.explained(shopper)[campaign]
                #expect(explained?["depth_bp"] == .integer(discount), "\(shopper)")
            }
            let messages = OfferMessages(market.database)
            let told = try await town.events(OfferMessages.eventType).asyncMap { event in
                try JSONReader.parse(try await messages.render(event, of: town.retailer))
            }
            let byDepth = Dictionary(
                told.map { ($0["offer"]["reward"]["basis_points"].integer ?? 0, Set($0.shopperIDs)) }
            ) { first, _ in first }
            #expect(byDepth[1_000] == ["h1"])
            #expect(byDepth[2_500] == ["h3"])
            #expect(byDepth[1_500] == Set(town.shoppers.keys.map(\.text)).subtracting(["h1", "h3"]))
            #expect(
                told.first { $0["offer"]["reward"]["basis_points"] == 2_500 }?["offer"]["products"][0]["offer_price"]["amount"]
                    == 7_500)
        }
    }

    @Test func `the till pays the depth that was promised and no more, and the books say which`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            let campaign = "\(try await town.running(OfferTown.threeDepths))"
            let time = "2026-03-10T10:00:00Z"

            let right = try await town.redeem(1_000, of: campaign, by: "h1", number: "r1", at: time)
            let greedy = try await town.redeem(2_500, of: campaign, by: "h2", number: "r2", at: time)
            let deep = try await town.redeem(2_500, of: campaign, by: "h3", number: "r3", at: time)

            let funded = [right, greedy, deep].map { $0["discounts"][0]["funded_amount"] }
            #expect(funded == [1_000, 1_500, 2_500])
            let id = try #require(deep["discounts"][0]["redemption_id"].string)
            let analyst = try await market.key(of: town.retailer, .analyst)
            let opened = try await market.get("\(town.path)/redemptions/\(id)", as: analyst)
            #expect(opened.json["depth_bp"] == 2_500)
            let depths = try await market.get("\(town.path)/campaigns/\(campaign)/depths", as: analyst)
            let parts = depths.json["depths"].elements
            #expect(parts.map { $0["depth_bp"] } == [1_000, 1_500, 2_500])
            #expect(parts.map { $0["promised"] } == [1, 58, 1])
            #expect(parts.map { $0["redemptions"] } == [1, 1, 1])
            #expect(parts.map { $0["discounts"]["amount"] } == [1_000, 1_500, 2_500])
            #expect(parts.map { $0["rules"] } == [["small_discount_buyer"], [], ["missing_category"]])
            #expect(try await market.get("\(town.path)/campaigns/\(campaign)/depths", as: town.marketer).status == 403)
        }
    }

    @Test func `a hold keeps the depth of its promise, also into a period that promises another`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            try await town.choose(["hold_seconds": 604_800])
            let campaign = "\(try await town.running(OfferTown.threeDepths))"
            try await town.advance(to: "2026-03-15T20:00:00Z")
            let quote = try await town.held("h3")
            try await town.sell("p1", to: "h3", number: "own", on: "2026-03-15", paid: 10_000)
            try await town.advance(to: "2026-03-16T09:00:00Z")

            let id = try #require(quote["quote_id"].string)
            let sold = try await town.redeem(
                2_500, of: campaign, by: "h3", number: "q", at: "2026-03-16T10:00:00Z", quote: id)

            #expect(quote["total_discount"]["amount"] == 2_500)
            #expect(try await town.shownDiscounts(to: "h3") == [1_500])
            #expect(sold["discounts"][0]["funded_amount"] == 2_500)
        }
    }

    @Test func `who joins a live audience gets the depth of the rule that is true of them, and nobody another`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            let campaign = try await town.launch(LiveAudienceTests.live(town).merging(OfferTown.threeDepths) { $1 })
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.join("new", "newer")
            try await town.sell("p2", to: "new", number: "n", on: "2026-03-09", paid: 9_500)
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.shownDiscounts(to: "new") == [1_000])
            #expect(try await town.shownDiscounts(to: "newer") == [1_500])
            #expect(try await town.shownDiscounts(to: "h1") == [1_000])
            #expect(try await town.shownDiscounts(to: "h3") == [2_500])
            #expect(try await town.explained("new")[campaign]?["depth_bp"] == 1_000)
        }
    }

    @Test func `what the log keeps of a message names a depth only where there are several`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            _ = try await town.running()
            _ = try await town.launch(OfferTown.threeDepths.merging(["starts_at": "2026-03-10T00:00:00"]) { $1 })
            try await town.advance(to: "2026-03-10T09:00:00Z")

            let depths = try await town.events(OfferMessages.eventType).map { try JSONReader.parse($0.data)["depth_bp"] }
            #expect(depths.count == 4)
            #expect(Set(depths) == [.null, 1_000, 1_500, 2_500])
        }
    }

    @Test func `a draft of which somebody would get nothing is refused`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
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
            let town = try await Self.make(in: market)
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

    @Test func `a promise keeps its depth to the end of its period, whatever is bought or switched off meanwhile`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            _ = try await town.running(OfferTown.threeDepths)

            try await town.sell("p1", to: "h3", number: "now", on: "2026-03-10", paid: 10_000)
            try await town.choose(["depth_rules": ["small_discount_buyer": ["is_on": false]]])
            try await town.advance(to: "2026-03-11T09:00:00Z")
            #expect(try await town.shownDiscounts(to: "h1") == [1_000])
            #expect(try await town.shownDiscounts(to: "h3") == [2_500])

            try await town.advance(to: "2026-03-16T09:00:00Z")
            #expect(try await town.shownDiscounts(to: "h1") == [1_500])
            #expect(try await town.shownDiscounts(to: "h3") == [1_500])
        }
    }

    @Test func `a pause takes every depth back, and a resumption gives each shopper the same again`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            let campaign = try await town.running(OfferTown.threeDepths)

            try await town.act(campaign, "pause", as: town.approver, ["reason": "shelf is empty"])
            try await town.advance(to: "2026-03-10T09:00:00Z")
            let none = try await town.shownDiscounts(to: "h1") + town.shownDiscounts(to: "h2") + town.shownDiscounts(to: "h3")
            try await town.act(campaign, "resume", as: town.approver, ["reason": "it is full"])
            try await town.advance(to: "2026-03-10T10:00:00Z")

            #expect(none == [])
            #expect(try await town.events("offers.withdrawn").count == 1)
            #expect(try await town.shownDiscounts(to: "h1") == [1_000])
            #expect(try await town.shownDiscounts(to: "h3") == [2_500])
            #expect(try await town.events(OfferMessages.eventType).count == 6)
        }
    }

    @Test func `of two cards that were merged the deeper promise counts`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            _ = try await town.running(OfferTown.threeDepths)
            let feed = try await market.key(of: town.retailer, .feed)

            let merged = try await market.post("\(town.path)/shoppers/h3/merge", as: feed, ["into": "h1"])

            #expect(merged.status == 200)
            #expect(try await town.shownDiscounts(to: "h1") == [2_500])
            #expect(try await town.quotedDiscount(for: "h1") == 2_500)
        }
    }

    @Test func `an erased shopper is in no depth any more`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
            let campaign = try await town.running(OfferTown.threeDepths)
            let admin = try await market.key(of: town.retailer, .admin)
            _ = try await market.delete("\(town.path)/shoppers/h3", as: admin)

            let (retailer, key) = (town.retailer, UInt32(town.shoppers["h3"]!))
            let named = try await market.load(retailer) { tx, _ in
                try tx.query(
                    "SELECT members FROM offer_grant WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)",
                    { row in try KeySet(portable: try row.next(Bytes.self).array).contains(key) })
            }
            #expect(named == [false, false, false])
        }
    }

    @Test func `sizes are told before a rule is switched on, at any thresholds, and nothing is kept`() async throws {
        try await TestMarket.run { market in
            let town = try await Self.make(in: market)
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
            let town = try await Self.make(in: market)
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
