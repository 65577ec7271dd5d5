import App
import Catalogue
import Checkout
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

/// Offers from memory are those that PostgreSQL has, byte for byte, or they are not shown.
@Suite struct OfferMemoryTests {
    @Test func `the first question brings a retailer's offers in, and from then on memory answers`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            let memory = market.marketplace.offerMemory

            let first = try await town.offers(of: "h1", "?store_id=s1")
            await memory.advance()
            let second = try await town.offers(of: "h1", "?store_id=s1")

            #expect(memory.answers == (1, 1))
            #expect(first.json["data"][0]["campaign_id"] == .string("\(campaign)"))
            #expect((second.status, second.text, second.header("etag")) == (200, first.text, first.header("etag")))
            #expect(memory.totals.shoppers == 60)
        }
    }

    @Test func `whoever writes on a node reads there what was written`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            _ = try await town.offers(of: "h1")
            await market.marketplace.offerMemory.advance()
            market.clock.advance(seconds: 1)

            try await town.act(campaign, "pause", as: town.approver, ["reason": "Recall"])

            #expect(try await town.shown(to: "h1") == [])
            #expect(market.marketplace.offerMemory.answers.memory == 0)
        }
    }

    @Test func `what was not looked at for two seconds is not shown`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            _ = try await town.offers(of: "h1")
            let memory = market.marketplace.offerMemory
            await memory.advance()

            market.clock.advance(seconds: 2)
            _ = try await town.offers(of: "h1")
            #expect(memory.answers == (1, 1))
            market.clock.advance(seconds: 1)
            _ = try await town.offers(of: "h1")
            #expect(memory.answers == (1, 2))
        }
    }

    @Test func `without memory PostgreSQL answers all`() async throws {
        try await TestMarket.run(offers: OfferBounds(bytesMax: 1_000)) { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running()
            for _ in 1...3 {
                #expect(try await town.shown(to: "h1") == ["\(campaign)"])
                await market.marketplace.offerMemory.advance()
            }
            #expect(market.marketplace.offerMemory.answers == (0, 3))
            #expect(market.marketplace.offerMemory.totals.retailers == 0)
        }
    }

    @Test func `an answer that the app has is not sent again`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running()
            let path = "\(town.path)/shoppers/h1/offers"
            let tag = try #require(try await market.get(path, as: town.app).header("etag"))
            await market.marketplace.offerMemory.advance()

            for named in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let reply = try await market.get(path, as: town.app, headers: [("If-None-Match", named)])
                #expect((reply.status, reply.text, reply.header("etag")) == (304, "", tag))
                #expect(reply.header("cache-control") == "private, no-cache")
            }
            let other = try await market.get(path, as: town.app, headers: [("If-None-Match", "\"x\"")])
            #expect(other.status == 200)
            #expect(try await market.get(path, as: town.app, headers: [("Accept-Language", "en")]).header("etag") != tag)
        }
    }

    @Test func `pages follow each other, and categories are those that lie in them too`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            let campaign = try await town.running(["products": ["ids": ["p1", "p2"]]])
            try await market.load(town.retailer) { tx, _ in
                _ = try tx.execute(
                    """
                    INSERT INTO category (retailer_id, category_id, name) VALUES (\(town.retailer), 'food', 'Food');
                    """)
                _ = try tx.execute(
                    """
                    UPDATE category SET parent_id = 'food' WHERE retailer_id = \(town.retailer) AND category_id = 'c1'
                    """)
            }
            for _ in 1...2 {
                let first = try await town.offers(of: "h1", "?limit=1")
                let cursor = try #require(first.json["next_cursor"].string)
                let second = try await town.offers(of: "h1", "?limit=1&cursor=\(cursor)")
                let names = [first, second].map { $0.json["data"][0]["product"]["product_id"] }
                #expect(names == ["p2", "p1"])
                #expect(second.json["next_cursor"] == .null)
                #expect(try await town.offers(of: "h1", "?category_id=food").json["data"].elements.count == 2)
                #expect(try await town.offers(of: "h1", "?category_id=c1").json["data"].elements.count == 2)
                await market.marketplace.offerMemory.advance()
            }
            #expect(market.marketplace.offerMemory.answers == (4, 4))
            #expect(try await town.shown(to: "h2").first == "\(campaign)")
        }
    }

    @Test func `many are asked for at once, each as if alone`() async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let town = try await OfferTown.make(in: market)
            _ = try await town.running(["products": ["ids": ["p1", "p2"]]])
            let body: JSONValue = ["shopper_ids": ["h2", "nobody", "h1"], "store_id": "s1", "limit": 1]
            var answers: [String] = []
            for _ in 1...2 {
                let reply = try await market.post("\(town.path)/offers/query", as: town.app, body)
                answers.append(reply.text)
                for one in reply.json["data"].elements {
                    let alone = try await town.offers(of: try #require(one["shopper_id"].string), "?store_id=s1&limit=1")
                    #expect((alone.json["data"], alone.json["next_cursor"]) == (one["offers"], one["next_cursor"]))
                }
                await market.marketplace.offerMemory.advance()
            }
            let known = try JSONReader.parse(Array(answers[0].utf8))
            #expect(known["data"].elements.map { $0["offers"].elements.count } == [1, 0, 1])
            #expect(answers[0] == answers[1])
        }
    }

    @Test(
        arguments: [
            ["shopper_ids": []], [:], ["shopper_ids": ["h1"], "limit": 51], ["shopper_ids": ["h1"], "store_id": "nowhere"],
            ["shopper_ids": .array((0...500).map { .string("h\($0)") })], ["shopper_ids": [""]],
        ] as [JSONValue])
    func `what cannot be asked of many is refused`(body: JSONValue) async throws {
        try await TestMarket.run(offers: OfferBounds()) { market in
            let retailer = try await market.makeRetailer()
            let app = try await market.key(of: retailer, .app)

            let reply = try await market.post("/v1/retailers/\(retailer)/offers/query", as: app, body)

            #expect((reply.status, reply.json["code"]) == (422, "invalid_request"))
        }
    }
}
