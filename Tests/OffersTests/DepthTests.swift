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

/// How deep a discount is for whom: what is promised, shown, told, given and kept.
@Suite struct DepthTests {
    @Test func `each shopper is shown, told of and given the depth of the first rule that is true of them`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
            _ = try await town.running()
            _ = try await town.launch(OfferTown.threeDepths.merging(["starts_at": "2026-03-10T00:00:00"]) { $1 })
            try await town.advance(to: "2026-03-10T09:00:00Z")

            let depths = try await town.events(OfferMessages.eventType).map { try JSONReader.parse($0.data)["depth_bp"] }
            #expect(depths.count == 4)
            #expect(Set(depths) == [.null, 1_000, 1_500, 2_500])
        }
    }

    @Test func `a promise keeps its depth to the end of its period, whatever is bought or switched off meanwhile`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
            let town = try await OfferTown.ofDepths(in: market)
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
}
