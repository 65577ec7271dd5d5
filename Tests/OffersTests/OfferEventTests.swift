import App
import Campaigns
import HTTPTypes
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What apps tell of offers, over the whole service.
@Suite struct OfferEventTests {
    @Test func `an offer that needs activation is given by the till once the shopper has activated it`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["needs_activation": true])
            #expect(try await town.activation(of: campaign, shownTo: "h1") == "needed")
            #expect(try await town.reasons(to: "h1") == ["not_activated"])
            #expect(try await town.paid("1", soldAt: "2026-03-09T08:59:00Z", of: campaign, to: "h1") == 0)

            // Until memory answers.
            let before = market.marketplace.offerMemory.answers.memory
            while market.marketplace.offerMemory.answers.memory == before {
                await market.marketplace.offerMemory.advance()
                #expect(try await town.activation(of: campaign, shownTo: "h1") == "needed")
            }

            let told = try await town.tell([town.event("activation", "h1", campaign)])

            #expect(told.json == ["counted": 1, "repeated": 0, "refused": []])
            #expect(try await town.activation(of: campaign, shownTo: "h1") == "done")
            #expect(try await town.activation(of: campaign, shownTo: "h2") == "needed")
            #expect(try await town.reasons(to: "h1") == [])
            #expect(try await town.reasons(to: "h2") == ["not_activated"])
            await market.marketplace.offerMemory.advance()
            #expect(try await town.activation(of: campaign, shownTo: "h1") == "done")

            market.clock.advance(seconds: 60)
            // A sale is judged by what was activated when it was made.
            #expect(try await town.paid("2", soldAt: "2026-03-09T09:00:30Z", of: campaign, to: "h1") == 1_500)
            #expect(try await town.paid("3", soldAt: "2026-03-09T08:58:00Z", of: campaign, to: "h1") == 0)
            #expect(try await town.paid("4", soldAt: "2026-03-09T09:00:30Z", of: campaign, to: "h2") == 0)
        }
    }

    @Test func `an open campaign that needs activation asks for a card, and for who has activated it`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["needs_activation": true, "eligibility": ["type": "everyone"]])

            #expect(try await town.reasons(to: nil) == ["no_shopper"])
            #expect(try await town.reasons(to: "stranger") == ["not_activated"])
            _ = try await town.tell([town.event("activation", "h1", campaign)])
            #expect(try await town.reasons(to: "h1") == [])
            #expect(try await town.reasons(to: "h2") == ["not_activated"])
        }
    }

    @Test func `each event has its own answer, and those that are refused keep no other from counting`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let other = try await town.running(["needs_activation": true, "products": ["ids": ["p2"]]])
            try await town.set(.init(personalOffers: false), of: "h5")
            let stranger: CampaignID = market.clock.world.newID()

            let told = try await town.tell([
                town.event("impression", "h1", campaign),
                town.event("impression", "nobody", campaign),
                town.event("impression", "h1", stranger),
                town.event("impression", "h1", campaign, at: "2026-02-07T08:00:00Z"),
                town.event("click", "h1", campaign, at: "2026-03-09T09:06:00Z"),
                town.event("impression", "h5", campaign),
                town.event("activation", "h1", campaign),
                town.event("activation", "h5", other),
                // Its phone's clock says nothing about when an activation holds.
                town.event("activation", "h3", other, at: "2030-01-01T00:00:00Z"),
                town.event("click", "h2", campaign, at: "2026-03-09T09:04:00Z"),
            ])

            #expect(told.status == 200)
            #expect(told.json["counted"] == 3)
            let refused = told.json["refused"].elements.map { "\($0["pointer"].string ?? "") \($0["code"].string ?? "")" }
            #expect(
                refused == [
                    "/events/1 unknown_shopper", "/events/2 unknown_campaign", "/events/3 too_old", "/events/4 in_future",
                    "/events/5 no_personal_offers", "/events/6 needs_no_activation", "/events/7 not_promised",
                ])

            try await town.act(other, "pause", as: town.approver, ["reason": "Recall"])
            let paused = try await town.tell([town.event("activation", "h1", other)])
            #expect(paused.json["refused"][0]["code"] == "not_running")
        }
    }

    @Test func `a batch that cannot be read says where, and counts nothing`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let bad = try await town.tell([
                town.event("impression", "h1", campaign),
                ["type": "stare", "shopper_id": "h1", "campaign_id": "x", "at": "noon"],
            ])
            let none = try await town.tell([])
            let many = try await town.tell(Array(repeating: town.event("impression", "h1", campaign), count: 1_001))

            #expect(bad.status == 422)
            #expect(
                Set(bad.json["errors"].elements.compactMap { $0["pointer"].string })
                    == ["/events/1/type", "/events/1/campaign_id", "/events/1/at"])
            #expect(none.status == 422)
            #expect(many.status == 422)
            #expect(try await town.reach(of: campaign)["total"]["impressions"] == 0)
        }
    }

    @Test func `a batch that is posted again changes nothing, also when it is posted by eight at once`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["needs_activation": true])
            let batch = (1...20).flatMap { number in
                [
                    town.event("impression", "h\(number)", campaign, at: "2026-03-09T08:00:00Z"),
                    town.event("impression", "h\(number)", campaign, at: "2026-03-09T08:00:01Z"),
                    town.event("click", "h\(number)", campaign, at: "2026-03-09T08:00:02Z"),
                    town.event("activation", "h\(number)", campaign, at: "2026-03-09T08:00:03Z"),
                ]
            }
            let counted = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 1...8 { group.addTask { try await town.tell(batch.shuffled()).json["counted"].integer ?? -1 } }
                return try await group.reduce(0, +)
            }
            let again = try await town.tell(batch)

            #expect(counted == 80)
            #expect(again.json == ["counted": 0, "repeated": 80, "refused": []])
            #expect(
                try await town.reach(of: campaign)["total"]
                    == ["impressions": 40, "clicks": 20, "activations": 20, "shoppers": 20])
        }
    }

    @Test func `where a store's day is still yesterday's, yesterday's promise is activated`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offer_period": "day"])
            let milk = try await town.running(["needs_activation": true])

            // In Moscow it is the next day, of which nothing is decided yet.
            market.clock.set(Instant("2026-03-09T21:30:00Z")!)
            #expect(try await town.tell([town.event("activation", "h1", milk)]).json["counted"] == 1)
            market.clock.set(Instant("2026-03-10T21:30:00Z")!)
            let late = try await town.tell([town.event("activation", "h2", milk)])
            #expect(late.json["refused"][0]["code"] == "not_promised")
        }
    }

    @Test func `reach is by business day, and the retailer's alone`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            // In Moscow the second is the next day's.
            let evening = (1...60).map { town.event("impression", "h\($0)", campaign, at: "2026-03-08T20:59:59Z") }
            let night = (1...3).map { town.event("impression", "h\($0)", campaign, at: "2026-03-08T21:00:00Z") }
            for batch in [evening, night, [town.event("click", "h1", campaign, at: "2026-03-08T21:00:01Z")]] {
                _ = try await town.tell(batch)
            }

            let reach = try await town.reach(of: campaign)
            #expect(reach["total"] == ["impressions": 63, "clicks": 1, "activations": 0, "shoppers": 60])
            #expect(
                reach["data"] == [
                    ["business_day": "2026-03-08", "impressions": 60, "clicks": 0, "activations": 0, "shoppers": 60],
                    ["business_day": "2026-03-09", "impressions": 3, "clicks": 1, "activations": 0, "shoppers": 0],
                ])
            let path = "\(town.path)/campaigns/\(campaign)/reach"
            let day = try await market.get(path + "?from=2026-03-09&to=2026-03-09", as: town.approver)
            #expect(day.json["total"]["impressions"] == 3)
            #expect(try await market.get(path, as: town.marketer).status == 403)
            let stranger: CampaignID = market.clock.world.newID()
            #expect(try await market.get("\(town.path)/campaigns/\(stranger)/reach", as: town.approver).status == 404)
        }
    }

    @Test func `an offer that was seen often and never used is promised no more`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["fatigue_impressions": 2, "offer_period": "day"])
            let milk = try await town.launch()
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let twice = ["h1", "h2"].flatMap { shopper in
                ["2026-03-09T07:00:00Z", "2026-03-09T08:00:00Z"].map { town.event("impression", shopper, milk, at: $0) }
            }
            _ = try await town.tell(twice + [town.event("impression", "h3", milk)])
            try await town.sell("p1", to: "h1", number: "1", at: "2026-03-09T08:59:00Z", discount: milk)
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.promised(on: "2026-03-10") == [milk: 59])
            #expect(try await town.verdicts("h1") == [milk: "chosen"])
            #expect(try await town.verdicts("h2") == [milk: "fatigue"])
            #expect(try await town.verdicts("h3") == [milk: "chosen"])
        }
    }

    @Test func `what a shopper has activated stays theirs, however often they look at it`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["fatigue_impressions": 1, "offer_period": "day"])
            let milk = try await town.running(["needs_activation": true])
            _ = try await town.tell([
                town.event("activation", "h1", milk), town.event("impression", "h1", milk), town.event("impression", "h2", milk),
            ])
            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.verdicts("h1") == [milk: "chosen"])
            #expect(try await town.verdicts("h2") == [milk: "fatigue"])
        }
    }

    @Test func `what was told of a campaign goes half a year after it is closed`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let milk = try await town.running()
            _ = try await town.tell([town.event("impression", "h1", milk)])
            let retailer = town.retailer
            try await market.load(retailer) { tx, _ in
                _ = try tx.execute(
                    "UPDATE campaign SET state = 'closed', closed_at = '2025-09-01' WHERE campaign_id = \(milk)")
            }
            try await market.marketplace.offerEvents.prune()

            #expect(try await town.told() == [])
            let late = try await town.tell([town.event("impression", "h1", milk)])
            #expect(late.json["refused"][0]["code"] == "unknown_campaign")
        }
    }

    @Test func `what a shopper looked at is forgotten when they want no personal offers any more`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let milk = try await town.running()
            _ = try await town.tell([town.event("impression", "h1", milk), town.event("impression", "h2", milk)])
            try await town.set(.init(personalOffers: false), of: "h1")

            try await market.marketplace.offerEvents.prune()

            #expect(try await town.told() == ["\(town.shoppers["h2"] ?? 0) 1 0 false"])
        }
    }

    @Test func `what was told goes with its shopper: added up by a merge, gone by an erasure`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["needs_activation": true])
            let feed = try await market.key(of: town.retailer, .feed)
            _ = try await town.tell([
                town.event("activation", "h1", campaign), town.event("impression", "h1", campaign),
                town.event("impression", "h2", campaign), town.event("click", "h2", campaign),
            ])

            let merged = try await market.post("\(town.path)/shoppers/h1/merge", as: feed, ["into": "h2"])
            #expect(merged.status == 200, "\(merged.text)")
            #expect(try await town.reasons(to: "h2") == [])
            #expect(try await town.told() == ["\(town.shoppers["h2"] ?? 0) 2 1 true"])

            let erased = try await market.delete("\(town.path)/shoppers/h2", as: feed)
            #expect(erased.status == 204, "\(erased.text)")
            #expect(try await town.told() == [])
            #expect(try await town.reach(of: campaign)["total"]["impressions"] == 2)
        }
    }
}
