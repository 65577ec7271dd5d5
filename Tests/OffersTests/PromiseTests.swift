import App
import Bitmaps
import Campaigns
import Catalogue
import EventLog
import JSONText
import Kernel
import Offers
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What was shown is kept (DOMAIN 4).
@Suite struct PromiseTests {
    @Test func `a promise outlives a flag that takes the shopper out, to the end of its period`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            try await town.set(ShopperFlags(kind: .employee), of: "h1")

            try await town.advance(to: "2026-03-15T20:59:00Z")
            #expect(try await town.shown(to: "h1") == ["\(campaign)"])
            #expect(try await town.promised(to: "h1", on: "2026-03-15") == [campaign])

            try await town.advance(to: "2026-03-15T21:01:00Z")
            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.promised(to: "h1", on: "2026-03-16") == [])
            #expect(try await town.shown(to: "h2") == ["\(campaign)"])
        }
    }

    @Test func `who says no to personal offers has none from that moment on, and nobody else loses any`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            #expect(try await town.promised(to: "h1", on: "2026-03-09") == [campaign])

            try await town.set(ShopperFlags(personalOffers: false), of: "h1")

            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.promised(to: "h1", on: "2026-03-09") == [])
            #expect(try await town.shown(to: "h2") == ["\(campaign)"])
        }
    }

    @Test func `a campaign's end comes no earlier than what was promised, but by a stop`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let end = { (time: String) in
                try await market.post(
                    "\(town.path)/campaigns/\(campaign)/changes", as: town.marketer,
                    ["ends_at": .string(time), "reason": "sold out"], headers: [("Idempotency-Key", time)])
            }
            let broken = try await end("2026-03-15T12:00:00")
            let kept = try await end("2026-03-16T00:00:00")

            #expect((broken.status, broken.json["code"]) == (409, "promised_longer"))
            #expect(broken.json["detail"] == "Through 2026-03-15. Stop the campaign to end it now.")
            #expect((kept.status, kept.json["state"]) == (200, "applied"))
            #expect(try await town.shown(to: "h1") == ["\(campaign)"])
        }
    }

    @Test func `a pause takes the offers back with one event, and a resumption puts them in force again`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()

            try await town.act(campaign, "pause", as: town.approver, ["reason": "shelf is empty"])
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [])
            let withdrawn = try await town.events("offers.withdrawn").map { try JSONReader.parse($0.data) }
            #expect(
                withdrawn == [
                    [
                        "campaign_id": .string("\(campaign)"), "version": 1,
                        "period": ["starts_on": "2026-03-09", "ends_on": "2026-03-15"], "reason": "paused", "cause": "paused",
                        "withdrawn_at": "2026-03-10T09:00:00Z",
                    ]
                ])

            try await town.act(campaign, "resume", as: town.approver, ["reason": "it is full"])
            try await town.advance(to: "2026-03-11T09:00:00Z")

            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [campaign])
            #expect(try await town.shown(to: "h1") == ["\(campaign)"])
            #expect(try await town.events("offers.published").count == 2)
        }
    }

    @Test func `a campaign that is stopped takes its offers back`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()

            try await town.act(campaign, "stop", as: town.approver, ["reason": "recalled"])
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [])
            #expect(try await town.events("offers.withdrawn").count == 1)
        }
    }

    @Test func `an empty budget takes the offers back, with its reason`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            try await town.spend(498_500, of: campaign)
            try await town.advance(to: "2026-03-10T09:00:00Z")
            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [campaign])

            try await town.spend(1, of: campaign)
            #expect(try await town.shown(to: "h1") == [])
            try await town.advance(to: "2026-03-11T09:00:00Z")

            #expect(try await town.promised(to: "h1", on: "2026-03-11") == [])
            let reasons = try await town.events("offers.withdrawn").map { try JSONReader.parse($0.data)["reason"] }
            #expect(reasons == ["budget_exhausted"])
        }
    }

    @Test(arguments: [OfferBounds.off, OfferBounds()]) func `what the budget pays no piece of is not shown, what it pays is`(
        offers: OfferBounds
    ) async throws {
        try await TestMarket.run(offers: offers) { market in
            let town = try await OfferTown.make(in: market)
            _ = try await market.makeProducts(3, of: town.retailer, suppliers: [town.supplier]) {
                if $0.id.text == "p3" { $0.unit = .kilogram }
            }
            try await market.makePrices(["p3": 90_000], of: town.retailer)
            let campaign = try await town.running(["products": ["ids": ["p1", "p2", "p3"]]])
            func shown() async throws -> [JSONValue] {
                await market.marketplace.offerMemory.advance()
                return try await town.offers(of: "h1").json["data"].elements.map { $0["product"]["product_id"] }
            }

            try await town.spend(497_000, of: campaign)
            #expect(try await shown() == ["p3", "p2", "p1"])
            try await town.spend(1, of: campaign)
            #expect(try await shown() == ["p3", "p1"])
            try await town.spend(1_500, of: campaign)
            #expect(try await shown() == ["p3"])
            try await town.spend(1_499, of: campaign)
            #expect(try await shown() == [])
            #expect((market.marketplace.offerMemory.answers.memory > 0) == (offers.bytesMax > 0))
        }
    }

    @Test func `a price that makes the promise untrue ends it, for this period`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["reward": ["type": "fixed_price", "price_per_unit": 9_000]])
            let other = try await town.launch(["name": "Share", "starts_at": "2026-03-10T00:00:00"], at: "2026-03-09T10:00:00Z")
            try await market.makePrices(["p1": 9_001], of: town.retailer)
            try await town.advance(to: "2026-03-10T09:00:00Z")
            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [campaign, other])

            try await market.makePrices(["p1": 9_000], of: town.retailer)
            try await town.advance(to: "2026-03-10T09:10:00Z")
            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [other])
            let withdrawn = try await town.events("offers.withdrawn").map { try JSONReader.parse($0.data) }
            #expect(withdrawn.map { $0["cause"] } == ["price_changed"])
            #expect(withdrawn.map { $0["reason"] } == ["ended"])

            try await market.makePrices(["p1": 10_000], of: town.retailer)
            try await town.advance(to: "2026-03-10T09:20:00Z")
            #expect(try await town.promised(to: "h1", on: "2026-03-10") == [other])
            try await town.advance(to: "2026-03-16T09:00:00Z")
            #expect(try await town.promised(to: "h1", on: "2026-03-16") == [campaign, other])
        }
    }

    @Test func `from 90 % of the budget on only those are shown the offer who had it`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.set(ShopperFlags(personalOffers: false), of: "h1")
            let campaign = try await town.running()
            try await town.set(ShopperFlags(personalOffers: true), of: "h1")
            try await town.spend(450_000, of: campaign)

            try await town.advance(to: "2026-03-16T09:00:00Z")

            #expect(try await town.promised(to: "h1", on: "2026-03-16") == [])
            #expect(try await town.promised(to: "h2", on: "2026-03-16") == [campaign])
        }
    }

    @Test func `who is held out is promised nothing, and nobody else is left out`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 100)
            let campaign = try await town.running(["holdout_bp": 3_000])
            let (retailer, keys) = (town.retailer, town.shoppers)
            let members = try await market.load(retailer) { tx, _ in
                try tx.members(of: campaign, version: 1, at: retailer)
            }
            let held = keys.filter { members!.holdout.contains(UInt32($0.value)) }.keys.sorted()

            #expect((10...50).contains(held.count))
            for shopper in held {
                #expect(try await town.shown(to: shopper.text) == [])
                #expect(try await town.promised(to: shopper, on: "2026-03-09") == [])
            }
            for shopper in keys.keys where !held.contains(shopper) {
                #expect(try await town.promised(to: shopper, on: "2026-03-09") == [campaign])
            }
        }
    }

    @Test func `employees and those who want no personal offers are granted none`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.set(ShopperFlags(personalOffers: false), of: "h1")
            try await town.set(ShopperFlags(kind: .employee), of: "h2")
            let campaign = try await town.running()

            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.shown(to: "h2") == [])
            #expect(try await town.shown(to: "h3") == ["\(campaign)"])
        }
    }

    @Test func `a promise follows a card that turns out to be another shopper's`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let feed = try await market.key(of: town.retailer, .feed)
            let campaign = try await town.running()
            _ = try await market.put("\(town.path)/shoppers/new", as: feed, ["push": true])
            #expect(try await town.shown(to: "new") == [])

            let merged = try await market.post("\(town.path)/shoppers/h1/merge", as: feed, ["into": "new"])

            #expect(merged.status == 200, "\(merged.text)")
            #expect(try await town.shown(to: "new") == ["\(campaign)"])
        }
    }

    @Test func `the same moment twice, on two nodes, grants once`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let (other, now) = (OfferClock(market.database, market.clock.world), market.clock.now)

            #expect(try await other.advance(town.retailer, at: now) == 0)
            let next = Instant("2026-03-16T09:00:00Z")!
            async let one = other.advance(town.retailer, at: next)
            async let two = market.marketplace.offerClock.advance(town.retailer, at: next)
            _ = try await (one, two)

            #expect(try await town.events("offers.published").count == 2)
        }
    }

    @Test func `PostgreSQL shows grants to no supplier and to no other retailer`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let rival = try await market.makeRetailer()

            let count: SQL = "SELECT count(*) FROM offer_grant WHERE retailer_id = \(town.retailer)"
            let own = try await market.load(town.retailer) { tx, _ in try tx.one(count) { try $0.next(Int.self) } }
            let suppliers = try await market.load(town.supplier, at: town.retailer) { tx in
                try tx.one(count) { try $0.next(Int.self) }
            }
            let rivals = try await market.load(rival) { tx, _ in try tx.one(count) { try $0.next(Int.self) } }

            #expect([own, suppliers, rivals] == [1, 0, 0])
        }
    }
}
