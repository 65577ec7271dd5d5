import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct CategoryTests {
    @Test func `a category cannot lie in itself, directly or around a corner`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/categories"

            let first = try await market.put("\(path)/milk", as: feed, ["name": "Milk", "parent_id": "dairy"])
            let own = try await market.put("\(path)/milk", as: feed, ["name": "Milk", "parent_id": "milk"])
            let corner = try await market.put("\(path)/dairy", as: feed, ["name": "Dairy", "parent_id": "milk"])
            let root = try await market.put("\(path)/dairy", as: feed, ["name": "Dairy"])

            let listed = try await market.get(path, as: feed)

            #expect(first.status == 201)
            #expect(listed.json["data"].elements.map { $0["category_id"] } == ["dairy", "milk"])
            #expect(own.json["errors"][0]["code"] == "category_cycle")
            #expect(corner.json["errors"][0]["code"] == "category_cycle")
            #expect(root.json == ["category_id": "dairy", "parent_id": nil, "name": "Dairy"])
        }
    }

    @Test func `a batch brings parents and children in any order and stubs what is missing`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let outcome = try await market.load(retailer) { tx, _ in
                try tx.upsert(
                    [
                        Category(id: "kefir", parent: "dairy", name: "Kefir"),
                        Category(id: "dairy", parent: "food", name: "Dairy"),
                        Category(id: "milk", parent: "dairy", name: "Milk"), Category(id: "loop", parent: "loop", name: "Loop"),
                    ], of: retailer)
            }
            let under = try await market.load(retailer) { tx, _ in try tx.categories(under: ["dairy"], of: retailer) }
            let path = try await market.load(retailer) { tx, _ in try tx.categoryTree(of: retailer).path(from: "kefir") }

            #expect(outcome.created == 3)
            #expect(outcome.stubs == 1)
            #expect(outcome.refused.map(\.index) == [3])
            #expect(under == ["dairy", "kefir", "milk"])
            #expect(path == ["kefir", "dairy", "food"])
        }
    }

    @Test func `a tree refuses the level below the deepest`() throws {
        var tree = CategoryTree()
        for level in 2...CatalogueLimits.categoryDepthMax {
            try tree.move(ExternalID(stored: "c\(level)"), under: ExternalID(stored: "c\(level - 1)"))
        }
        let deepest = ExternalID(stored: "c\(CatalogueLimits.categoryDepthMax)")

        #expect(throws: CategoryTree.Refusal.tooDeep) { try tree.move("below", under: deepest) }
        #expect(throws: CategoryTree.Refusal.cycle) { try tree.move("c1", under: deepest) }
        #expect(tree.path(from: deepest).count == CatalogueLimits.categoryDepthMax)
    }

    @Test func `brands and price zones are put, renamed and listed`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            for (path, id) in [("brands", "brand_id"), ("price-zones", "price_zone_id")] {
                let base = "/v1/retailers/\(retailer)/\(path)"
                let first = try await market.put("\(base)/x", as: feed, ["name": "Old"])
                let second = try await market.put("\(base)/x", as: feed, ["name": "New"])
                let list = try await market.get(base, as: feed)

                #expect(first.status == 201)
                #expect(second.status == 200)
                #expect(list.json == ["data": [.object([id: "x", "name": "New"])], "next_cursor": nil])
            }
        }
    }
}
