import EventLog
import JSONText
import Kernel
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

@Suite struct ShopperTests {
    @Test func `flags that were put are read back by any id, with defaults for what was left out`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (feed, app) = (try await market.key(of: retailer, .feed), try await market.key(of: retailer, .app))
            let path = "/v1/retailers/\(retailer)/shoppers/card%2077"

            let put = try await market.put(path, as: feed, ["personal_offers": false, "adult": "yes"])
            let again = try await market.put(path, as: feed, ["personal_offers": false, "adult": "yes"])
            let seen = try await market.get(path, as: app)

            #expect(put.status == 201)
            #expect(again.status == 200)
            #expect(
                seen.json == [
                    "shopper_id": "card 77", "kind": "person", "personal_offers": false, "push": true, "adult": "yes",
                    "shopper_ids": ["card 77"], "tags": [], "created_at": "2026-03-02T12:00:00Z",
                ])
            #expect(!seen.text.contains("shopper_key"))
        }
    }

    @Test func `names, phones and other unknown fields are refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)

            let reply = try await market.put(
                "/v1/retailers/\(retailer)/shoppers/h1", as: feed, ["name": "Anna", "kind": "robot", "adult": "no"])

            #expect(
                reply.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" }.sorted()
                    == ["/adult unknown_word", "/kind unknown_word", "/name unknown_field"])
        }
    }

    @Test func `a batch counts what it did, two ids of one shopper being one`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let author = market.author(of: retailer)
            try await market.makeShoppers(3, of: retailer)
            _ = try await market.load(retailer) { tx, _ in
                try MergeShoppers(of: retailer, "h2", into: "h1", ShopperConsequences()).run(in: tx, by: author)
            }

            let outcome = try await market.load(retailer) { tx, now in
                try tx.upsert(
                    [
                        Shopper(id: "h2", flags: ShopperFlags(push: false)), Shopper(id: "h1", flags: ShopperFlags(kind: .test)),
                        Shopper(id: "h3"), Shopper(id: "h4", flags: ShopperFlags(adult: .yes)),
                    ], of: retailer, at: now)
            }
            let first = try await market.load(retailer) { tx, _ in try tx.shopper("h2", of: retailer) }

            #expect(outcome == BatchOutcome(created: 1, changed: 1, unchanged: 1, superseded: 1))
            #expect(first?.flags == ShopperFlags(kind: .test))
        }
    }

    @Test func `32 racing batches with the same new ids give each id one key`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let ids = (0..<50).map { ExternalID(stored: "card \($0)") }
            let answers = try await withThrowingTaskGroup(of: [ExternalID: ShopperKey].self) { group in
                for task in 0..<32 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(task))
                        let own = ids.shuffled(using: &generator)
                        return try await market.load(retailer) { tx, now in
                            try tx.shopperKeys(for: own, of: retailer, creating: true, at: now)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(Set(answers).count == 1)
            #expect(answers[0].values.sorted() == (1...50).map(ShopperKey.init))
        }
    }

    @Test func `without creating, unknown ids are left out`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await market.makeShoppers(1, of: retailer)

            let keys = try await market.load(retailer) { tx, now in
                try tx.shopperKeys(for: ["h1", "h2"], of: retailer, creating: false, at: now)
            }

            #expect(keys == ["h1": 1])
        }
    }
}
