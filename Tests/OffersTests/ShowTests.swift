import Catalogue
import JSONText
import Kernel
import Offers
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

/// What the retailer's app is shown.
@Suite struct ShowTests {
    @Test func `a promised offer is shown whole, in the reader's language`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["presentation": ["title": ["en": "Cheaper milk"]]])

            let reply = try await town.offers(of: "h1", "?store_id=s1", language: "en-GB")

            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.header("vary") == "Accept-Language")
            #expect(
                reply.json == [
                    "data": [
                        [
                            "campaign_id": .string("\(campaign)"), "funded_by": "supplier", "language": "en",
                            "label": "Supplier discount", "title": "Cheaper milk", "terms": nil,
                            "legal": ["advertiser": nil, "ad_token": nil, "terms_url": nil],
                            "product": ["product_id": "p1", "name": "Product 1"],
                            "regular_price": ["amount": 10_000, "currency": "RUB"],
                            "offer_price": ["amount": 8_500, "currency": "RUB"],
                            "discount": ["amount": 1_500, "currency": "RUB"], "basket_reward": nil, "how": nil,
                            "limits_left": [
                                "units": 3, "units_per_shopper": 3, "units_per_shopper_week": nil,
                                "units_per_shopper_day": nil, "units_per_receipt": 2,
                            ],
                            "activation": "none", "valid_until": "2026-03-15T21:00:00Z",
                        ]
                    ], "next_cursor": nil,
                ])
        }
    }

    @Test func `what costs less together says how, and no price of a unit`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let reward: JSONValue = ["type": "n_for_m", "take": 3, "pay_for": 2]
            _ = try await town.running(["reward": nil, "basket_reward": reward])
            let shown = [
                try await town.offers(of: "h1", "?store_id=s1", language: "en"), try await town.offers(of: "h1", "?store_id=s1"),
            ].map { $0.json["data"][0] }
            let event = try #require(try await town.events(OfferMessages.eventType).first)
            let message = try JSONReader.parse(try await OfferMessages(market.database).render(event, of: town.retailer))

            #expect(shown.map { $0["how"] } == ["3 for the price of 2", "3 по цене 2"])
            #expect(shown.map { $0["basket_reward"] } == [reward, reward])
            #expect(shown.map { $0["offer_price"] } == [.null, .null])
            #expect(shown.map { $0["discount"] } == [.null, .null])
            #expect(shown[0]["regular_price"]["amount"] == 10_000)
            #expect(message["offer"]["basket_reward"] == reward)
            #expect(message["offer"]["reward"] == ["type": "percent_off", "basis_points": 3_334])
            #expect(message["offer"]["products"][0]["offer_price"] == .null)
        }
    }

    @Test func `without a wish for a language the label is the retailer's`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()

            let labels = [
                try await town.offers(of: "h1"), try await town.offers(of: "h1", language: "de, en;q=0.3"),
                try await town.offers(of: "h1", language: "en;q=0.2, ru"),
            ].map { $0.json["data"][0]["label"] }

            #expect(labels == ["Скидка от поставщика", "Supplier discount", "Скидка от поставщика"])
        }
    }

    @Test func `a stranger sees what is open to everyone and nothing else`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let personal = try await town.running()
            let open = try await town.running([
                "products": ["ids": ["p2"]], "eligibility": ["type": "everyone"], "ends_at": "2026-03-11T12:00:00",
            ])

            let stranger = try await town.offers(of: "nobody")

            #expect(try await town.shown(to: "nobody") == ["\(open)"])
            #expect(stranger.json["data"][0]["valid_until"] == "2026-03-11T09:00:00Z")
            // 15 % of 200 roubles before 15 % of 100.
            #expect(try await town.shown(to: "h1") == ["\(open)", "\(personal)"])
            #expect(try await town.offers(of: "h1", "?limit=1").json["data"].elements.count == 1)
        }
    }

    @Test func `what was used of a limit is no longer left`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["limits": ["units_per_shopper_week": 5, "units_per_receipt": 2]])
            let (retailer, key) = (town.retailer, town.shoppers["h1"]!)
            try await market.load(retailer) { tx, _ in
                _ = try tx.execute(
                    """
                    INSERT INTO limit_counter (retailer_id, campaign_id, counter, subject, period, used, held, limit_units)
                    VALUES
                        (\(retailer), \(campaign), 'units_per_shopper_week', \("\(key)"), '2026-03-09', 2, 1, 5),
                        (\(retailer), \(campaign), 'units_per_shopper_week', \("\(key)"), '2026-03-02', 5, 0, 5)
                    """)
            }

            #expect(try await town.offers(of: "h1").json["data"][0]["limits_left"]["units_per_shopper_week"] == 2)
            #expect(try await town.offers(of: "h2").json["data"][0]["limits_left"]["units_per_shopper_week"] == 5)
        }
    }

    @Test func `what is for adults is shown to adults`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            try await town.market.makeProducts(2, of: town.retailer, suppliers: [town.supplier]) { $0.isAdult = true }
            try await town.set(ShopperFlags(adult: .yes), of: "h2")
            let personal = try await town.running()
            let open = try await town.running(
                ["eligibility": ["type": "everyone"]], launchedAt: "2026-03-03T12:00:00Z")

            #expect(try await town.shown(to: "h1") == [])
            #expect(try await town.shown(to: "nobody") == [])
            #expect(try await town.shown(to: "h2") == ["\(personal)", "\(open)"])
        }
    }

    @Test func `other retailers' apps and suppliers are not let in`() async throws {
        try await TestMarket.run { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let rival = try await market.makeRetailer()
            let keys = [
                try await market.key(of: rival, .app), try await market.key(of: rival, .admin), town.marketer,
                try await market.key(of: try await market.makeSupplier(), .admin), market.platform,
                try await market.key(of: town.retailer, .feed),
            ]

            for key in keys {
                let reply = try await town.offers(of: "h1", as: key)
                #expect([403, 404].contains(reply.status))
                #expect(reply.json["data"] == .null)
            }
            let atRival = try await market.get("/v1/retailers/\(rival)/shoppers/h1/offers", as: keys[0])
            #expect((atRival.status, atRival.json) == (200, ["data": [], "next_cursor": nil]))
        }
    }

    @Test(arguments: [
        "?store_id=nowhere", "?category_id=nowhere", "?limit=0", "?limit=201", "?page=2", "?cursor=x", "?cursor=MTAw",
    ])
    func `what cannot be asked is refused`(query: String) async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let app = try await market.key(of: retailer, .app)

            let reply = try await market.get("/v1/retailers/\(retailer)/shoppers/h1/offers\(query)", as: app)

            #expect((reply.status, reply.json["code"]) == (422, "invalid_request"))
        }
    }
}
