import EventLog
import JSONText
import Kernel
import Offers
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What the retailer's endpoints are told.
@Suite struct MessageTests {
    @Test func `a message is as full as it may be`() {
        let keys = Array(UInt32(1)...2_500)

        #expect(MessageBatches.cut(keys, bytes: [:], content: 0).map(\.count) == [1_000, 1_000, 500])
        #expect(MessageBatches.cut(keys, bytes: [:], content: 0).flatMap(\.self) == keys)
        let heavy = Dictionary(uniqueKeysWithValues: keys.map { ($0, 774) })
        let batches = MessageBatches.cut(keys, bytes: heavy, content: 40_000)
        #expect(batches.flatMap(\.self) == keys)
        for batch in batches { #expect(40_000 + batch.count * (774 + 64) <= MessageBatches.bytesMax) }
        #expect(batches.count == 11)
        #expect(MessageBatches.cut([], bytes: [:], content: 0).isEmpty)
    }

    @Test func `many shoppers are told of in messages of 1 000`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market, shoppers: 1_450)
            try await town.set(ShopperFlags(push: false), of: "h7")
            let campaign = try await town.running(["presentation": ["label": ["en": "Dairy days"]]])
            let messages = OfferMessages(market.database)

            let bodies = try await town.events(OfferMessages.eventType).asyncMap { event in
                try JSONReader.parse(try await messages.render(event, of: town.retailer))
            }

            #expect(bodies.map { $0["shoppers"].elements.count } == [1_000, 449])
            let told = Set(bodies.flatMap(\.shopperIDs))
            #expect(told == Set(town.shoppers.keys.map(\.text)).subtracting(["h7"]))
            #expect(Set(bodies.flatMap { $0["shoppers"].elements.map { $0["units_left"] } }) == [3])
            var first = bodies[0].members
            first["shoppers"] = nil
            #expect(
                JSONValue.object(first) == [
                    "campaign_id": .string("\(campaign)"), "version": 1,
                    "period": ["starts_on": "2026-03-09", "ends_on": "2026-03-15"],
                    "offer": [
                        "valid_until": "2026-03-15T21:00:00Z", "funded_by": "supplier",
                        "label": ["en": "Dairy days", "ru": "Скидка от поставщика"], "title": [:],
                        "legal": ["advertiser": nil, "ad_token": nil, "terms_url": nil],
                        "reward": ["type": "percent_off", "basis_points": 1_500],
                        "limits": [
                            "units_per_shopper": 3, "units_per_shopper_week": nil, "units_per_shopper_day": nil,
                            "units_per_receipt": 2,
                        ],
                        "needs_activation": false,
                        "products": [
                            [
                                "product_id": "p1", "name": "Product 1", "regular_price": ["amount": 10_000, "currency": "RUB"],
                                "offer_price": ["amount": 8_500, "currency": "RUB"],
                            ]
                        ], "product_count": 1,
                    ],
                ])
        }
    }

    @Test func `the log names no shopper, and each rendering is the same bytes`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let messages = OfferMessages(market.database)
            let event = try #require(try await town.events(OfferMessages.eventType).first)

            let first = try await messages.render(event, of: town.retailer)
            try await market.makePrices(["p1": 1], of: town.retailer)
            let second = try await messages.render(event, of: town.retailer)

            #expect(first == second)
            #expect(!String(decoding: event.data, as: UTF8.self).contains(#""h1""#))
        }
    }

    @Test func `who was erased since is left out of a message, and only they`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let feed = try await market.key(of: town.retailer, .feed)
            _ = try await town.running()
            let messages = OfferMessages(market.database)
            let event = try #require(try await town.events(OfferMessages.eventType).first)
            let before = try JSONReader.parse(try await messages.render(event, of: town.retailer))

            let erased = try await market.delete("\(town.path)/shoppers/h5", as: feed)
            let after = try JSONReader.parse(try await messages.render(event, of: town.retailer))

            #expect(erased.status == 204, "\(erased.text)")
            #expect(after.shopperIDs == before.shopperIDs.filter { $0 != "h5" })
            #expect(before.shopperIDs.count == 60)
        }
    }
}

extension JSONValue {
    /// Every id of a message's shoppers.
    var shopperIDs: [String] {
        self["shoppers"].elements.flatMap { $0["shopper_ids"].elements.compactMap(\.string) }
    }
}

extension Sequence {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
