import App
import Campaigns
import JSONText
import Kernel
import Offers
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// A campaign for a live audience looks at it again each day.
@Suite struct LiveAudienceTests {
    static func live(_ town: OfferTown) -> [String: JSONValue] {
        ["eligibility": ["type": "audience", "audience_id": town.audience, "version": 1, "mode": "live"]]
    }

    @Test func `who joins is promised what is free from the next day on, and told of alone`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.choose(["offers_per_shopper_max": 1])
            let live = try await town.launch(Self.live(town))
            let frozen = try await town.launch(
                ChoiceTests.second.merging(["starts_at": "2026-03-12T00:00:00"]) { $1 }, at: "2026-03-02T13:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.join("new", "newer")
            try await town.advance(to: "2026-03-09T10:00:00Z")
            #expect(try await town.shown(to: "new") == [])

            try await town.advance(to: "2026-03-10T09:00:00Z")

            #expect(try await town.shown(to: "new") == ["\(live)"])
            #expect(try await town.promised(on: "2026-03-10") == [live: 60])
            let messages = OfferMessages(market.database)
            let events = try await town.events(OfferMessages.eventType)
            #expect(events.count == 2)
            let told = try JSONReader.parse(try await messages.render(try #require(events.last), of: town.retailer))
            #expect(
                told["shoppers"].elements.flatMap { $0["shopper_ids"].elements.compactMap(\.string) }.sorted() == [
                    "new", "newer",
                ])
            #expect(told["period"] == ["starts_on": "2026-03-10", "ends_on": "2026-03-15"])
            #expect(try await town.verdicts("new") == [live: "chosen"])

            try await town.advance(to: "2026-03-12T09:00:00Z")
            #expect(try await town.promised(on: "2026-03-12") == [live: 60])
            #expect(try await town.verdicts("h1") == [live: "chosen", frozen: "no_slot"])
        }
    }

    @Test func `who left keeps the promise, and is not in the next period`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let live = try await town.launch(Self.live(town))
            try await town.advance(to: "2026-03-09T09:00:00Z")
            let (retailer, key) = (town.retailer, town.shoppers["h1"] ?? 0)
            try await market.load(retailer) { tx, _ in
                _ = try tx.execute("DELETE FROM shopper_tag WHERE retailer_id = \(retailer) AND shopper_key = \(key)")
            }

            try await town.advance(to: "2026-03-10T09:00:00Z")
            #expect(try await town.shown(to: "h1") == ["\(live)"])
            try await town.advance(to: "2026-03-16T09:00:00Z")
            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.shown(to: "h2") == ["\(live)"])
        }
    }
}

extension OfferTown {
    /// New shoppers, `vip` at once.
    func join(_ ids: ExternalID...) async throws {
        let retailer = retailer
        try await market.load(retailer) { tx, now in
            _ = try tx.shopperKeys(for: ids, of: retailer, creating: true, at: now)
            _ = try tx.upsert(ids.map { TagMembership(tag: TagName("vip")!, shopper: $0) }, of: retailer, at: now)
        }
    }
}
