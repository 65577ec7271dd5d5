import Bitmaps
import Campaigns
import JSONText
import Kernel
import Offers
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What was decided is kept of one shopper in a hundred (DOMAIN 17).
@Suite struct DecisionLogTests {
    struct Row: Equatable {
        let campaigns: [CampaignID]
        let verdicts: [String]
        let shownBp: [Int32]
    }

    static func rows(of town: OfferTown) async throws -> [ShopperKey: Row] {
        let retailer = town.retailer
        let found = try await town.market.load(retailer) { tx, _ in
            try tx.query(
                "SELECT shopper_key, campaigns, verdicts, shown_bp FROM offer_decision WHERE retailer_id = \(retailer)"
            ) { row in
                (
                    try row.next(ShopperKey.self),
                    Row(campaigns: try row.next(), verdicts: try row.next(), shownBp: try row.next())
                )
            }
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    @Test func `the sample is one shopper in a hundred, of each retailer another`() {
        let (one, two) = (RetailerID(Identifier(high: 1, low: 2)), RetailerID(Identifier(high: 1, low: 3)))
        let sample = (1...100_000).filter { DecisionLog.holds(UInt32($0), of: one) }

        #expect((900...1_100).contains(sample.count))
        #expect(sample.count { DecisionLog.holds(UInt32($0), of: two) } < 50)
    }

    @Test func `each of the sample has a row with all of its campaigns, and it goes with the shopper`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 600)
            try await town.choose(["offers_per_shopper_max": 1])
            let milk = try await town.launch(["holdout_bp": 2_000])
            let bread = try await town.launch(
                ChoiceTests.second.merging(["starts_at": "2026-03-10T00:00:00"]) { $1 }, at: "2026-03-02T13:00:00Z")
            try await town.advance(to: "2026-03-09T09:00:00Z")
            try await town.advance(to: "2026-03-10T09:00:00Z")

            let sample = town.shoppers.filter { DecisionLog.holds(UInt32($0.value), of: town.retailer) }
            let rows = try await Self.rows(of: town)
            #expect(!sample.isEmpty)
            #expect(Set(rows.keys) == Set(sample.values))
            for (shopper, key) in sample {
                let promised = try await town.promised(to: shopper, on: "2026-03-10")
                let row = try #require(rows[key])
                #expect(row.campaigns == [milk, bread])
                let first = promised.contains(milk) ? "chosen" : "holdout"
                #expect(row.verdicts == [first, promised.contains(bread) ? "chosen" : "no_slot"])
                #expect(row.shownBp == [8_000, promised.contains(bread) ? 10_000 : 0])
            }

            let erased = try #require(sample.keys.sorted().first)
            let feed = try await market.key(of: town.retailer, .feed)
            let reply = try await market.delete("\(town.path)/shoppers/\(erased)", as: feed)
            #expect(reply.status == 204)
            #expect(try await Self.rows(of: town).count == sample.count - 1)
        }
    }

    @Test func `nobody else reads it or the explanation`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let path = "\(town.path)/shoppers/h1/offers/explain"

            let rival = try await market.makeRetailer()
            let statuses = [
                try await market.get(path, as: town.app).status,
                try await market.get(path, as: try await market.key(of: town.retailer, .till)).status,
                try await market.get(path, as: town.marketer).status,
                try await market.get(path, as: try await market.key(of: rival, .admin)).status,
                try await market.get(
                    "\(town.path)/shoppers/nobody/offers/explain", as: try await market.key(of: town.retailer, .admin)
                ).status,
            ]

            #expect(statuses == [403, 403, 403, 404, 404])
        }
    }
}
