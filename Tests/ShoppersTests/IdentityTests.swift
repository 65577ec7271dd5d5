import EventLog
import HTTPTypes
import JSONText
import Kernel
import Parties
import Postgres
import Shoppers
import Tenancy
import TestSupport
import Testing

@Suite struct IdentityTests {
    @Test func `merging moves every id and list to one shopper, keeps the stricter consent and tells both keys`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/shoppers"
            _ = try await market.put("\(base)/h1", as: feed, ["push": false, "adult": "yes", "kind": "employee"])
            _ = try await market.put("\(base)/h2", as: feed, ["personal_offers": true])
            for (id, tag) in [("h1", "cats"), ("h1", "both"), ("h2", "both")] {
                _ = try await market.send(.put, "\(base)/\(id)/tags/\(tag)", as: feed, nil)
            }

            let merged = try await market.post("\(base)/h1/merge", as: feed, ["into": "h2"])
            let again = try await market.post("\(base)/h1/merge", as: feed, ["into": "h2"])
            let byOld = try await market.get("\(base)/h1", as: feed)
            let events = try await market.events(of: retailer)

            #expect(merged.status == 200)
            #expect(
                merged.json == [
                    "shopper_id": "h2", "kind": "person", "personal_offers": true, "push": false, "adult": "yes",
                    "shopper_ids": ["h1", "h2"], "tags": ["both", "cats"], "created_at": "2026-03-02T12:00:00Z",
                ])
            #expect(again.json == merged.json)
            #expect(byOld.json["shopper_id"] == "h1")
            #expect(byOld.json["shopper_ids"] == ["h1", "h2"])
            #expect(events.map(\.type) == ["shopper.merged"])
            #expect(try events.map { try JSONReader.parse($0.data) } == [["shopper_key": 1, "into_shopper_key": 2]])
        }
    }

    @Test func `merging into or from an unknown shopper is refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            try await market.makeShoppers(1, of: retailer)

            let into = try await market.post("/v1/retailers/\(retailer)/shoppers/h1/merge", as: feed, ["into": "x"])
            let from = try await market.post("/v1/retailers/\(retailer)/shoppers/x/merge", as: feed, ["into": "h1"])

            #expect(into.status == 422)
            #expect(into.json["errors"][0]["pointer"] == "/into")
            #expect(from.status == 404)
        }
    }

    @Test func `a detached card is a shopper of its own with the same consent and no lists`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/shoppers"
            try await market.makeShoppers(2, of: retailer)
            _ = try await market.send(.put, "\(base)/h2/tags/cats", as: feed, nil)
            _ = try await market.put("\(base)/h2", as: feed, ["push": false])
            _ = try await market.post("\(base)/h1/merge", as: feed, ["into": "h2"])

            let detached = try await market.send(.post, "\(base)/h1/detach", as: feed, nil)
            let again = try await market.send(.post, "\(base)/h1/detach", as: feed, nil)
            let kept = try await market.get("\(base)/h2", as: feed)
            let events = try await market.events(of: retailer)

            #expect(detached.json["shopper_ids"] == ["h1"])
            #expect(detached.json["push"] == false)
            #expect(detached.json["tags"] == [])
            #expect(again.status == 409)
            #expect(again.json["code"] == "only_id")
            #expect(kept.json["shopper_ids"] == ["h2"])
            #expect(kept.json["tags"] == ["cats"])
            #expect(try JSONReader.parse(events.last?.data ?? []) == ["shopper_key": 3, "from_shopper_key": 2])
        }
    }

    @Test func `erasing leaves no id behind, tells every key, and the card seen later is a new shopper`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/shoppers"
            try await market.makeShoppers(3, of: retailer)
            _ = try await market.send(.put, "\(base)/h1/tags/cats", as: feed, nil)
            _ = try await market.post("\(base)/h1/merge", as: feed, ["into": "h2"])

            let erased = try await market.delete("\(base)/h1", as: feed)
            let again = try await market.delete("\(base)/h1", as: feed)
            let other = try await market.get("\(base)/h2", as: feed)
            let events = try await market.events(of: retailer)
            let found = try await market.traces(of: "h1", "h2", at: retailer)
            let fresh = try await market.load(retailer) { tx, now in
                try tx.shopperKeys(for: ["h1"], of: retailer, creating: true, at: now)
            }
            let tags = try await market.get("/v1/retailers/\(retailer)/tags", as: feed)

            #expect(erased.status == 204)
            #expect(again.status == 404)
            #expect(other.status == 404)
            #expect(events.map(\.type) == ["shopper.merged", "shopper.erased", "shopper.erased"])
            #expect(try events.suffix(2).map { try JSONReader.parse($0.data) } == [["shopper_key": 1], ["shopper_key": 2]])
            #expect(found == 0)
            #expect(fresh == ["h1": 4])
            #expect(tags.json["data"] == [["tag": "cats", "shoppers": 0]])
        }
    }

    @Test func `a supplier's key opens no shopper, and in its scope no card leads anywhere`() async throws {
        try await TestMarket.run { market in
            let (retailer, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let supplier = try await market.makeSupplier()
            try await market.makeShoppers(2, of: retailer)
            let (own, foreign) = (try await market.key(of: supplier, .admin), try await market.key(of: other, .admin))
            let path = "/v1/retailers/\(retailer)/shoppers/h1"

            let bySupplier = try await market.get(path, as: own)
            let byOther = try await market.get(path, as: foreign)
            let keys = try await market.load(supplier, at: retailer) { tx in
                try tx.shopperKeys(for: ["h1"], of: retailer, creating: false, at: Instant(microseconds: 0))
            }
            let cross = try await market.load(other) { tx, now in
                try tx.shopperKeys(for: ["h1"], of: retailer, creating: false, at: now)
            }

            #expect([403, 404].contains(bySupplier.status))
            #expect(byOther.status == 404)
            #expect(keys == [:])
            #expect(cross == [:])
        }
    }

    @Test func `racing merges and erasures of the same shoppers leave every id with one living shopper or none`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/shoppers"
            try await market.makeShoppers(8, of: retailer)

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        let (one, two) = ("h\(task % 8 + 1)", "h\(task * 3 % 8 + 1)")
                        if task % 11 == 0 { return try await market.delete("\(base)/\(one)", as: feed).status }
                        return try await market.post("\(base)/\(one)/merge", as: feed, ["into": .string(two)]).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let dangling = try await market.load(retailer) { tx, _ in
                try tx.one(
                    """
                    SELECT count(*)
                    FROM shopper_card
                    JOIN shopper USING (retailer_id, shopper_key)
                    WHERE retailer_id = \(retailer) AND (shopper.erased_at IS NOT NULL OR shopper.merged_into IS NOT NULL)
                    """
                ) { row in try row.next(Int.self) }
            }

            #expect(Set(statuses).isSubset(of: [200, 204, 404, 422]))
            #expect(dangling == 0)
        }
    }
}
