import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct ProductTests {
    @Test func `a product that was put is read back, its brand and category are there`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/products/p1"

            let put = try await market.put(
                path, as: feed,
                [
                    "name": "Кефир 1 %", "brand_id": "b1", "category_id": "c1", "unit": "l", "vat_rate_bp": 1000,
                    "is_adult": false, "supplier_ids": [.string("\(supplier)")], "gtins": ["4600000000012", "46000000"],
                ])
            let read = try await market.get(path, as: feed)
            let brand = try await market.get("/v1/retailers/\(retailer)/brands/b1", as: feed)
            let category = try await market.get("/v1/retailers/\(retailer)/categories/c1", as: feed)

            #expect(put.status == 201)
            #expect(
                put.json == [
                    "product_id": "p1", "name": "Кефир 1 %", "brand_id": "b1", "category_id": "c1", "unit": "l",
                    "vat_rate_bp": 1000, "is_private_label": false, "is_adult": false,
                    "supplier_ids": [.string("\(supplier)")], "gtins": ["46000000", "4600000000012"], "is_stub": false,
                    "updated_at": "2026-03-02T12:00:00Z",
                ])
            #expect(read.json == put.json)
            #expect(brand.json == ["brand_id": "b1", "name": "b1"])
            #expect(category.json == ["category_id": "c1", "parent_id": nil, "name": "c1"])
        }
    }

    @Test func `every bad field of a product is named`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)

            let reply = try await market.put(
                "/v1/retailers/\(retailer)/products/p1", as: feed,
                [
                    "unit": "pint", "vat_rate_bp": 10001, "gtins": ["12"], "supplier_ids": ["x"], "brand_id": "",
                    "is_adult": "yes", "colour": "red",
                ])

            #expect(reply.status == 422)
            #expect(
                reply.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" }.sorted() == [
                    "/brand_id empty", "/colour unknown_field", "/gtins/0 not_a_gtin", "/is_adult not_a_boolean",
                    "/name required", "/supplier_ids/0 not_an_id", "/unit unknown_word", "/vat_rate_bp out_of_range",
                ])
        }
    }

    @Test func `a batch counts what it did, also where only the links of a product changed`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let stranger = SupplierID(Identifier(high: 7, low: 7))
            let first = try await market.load(retailer) { tx, now in
                try tx.upsert(
                    [
                        Product(id: "p1", name: "One", brand: "b1", category: "c1"),
                        Product(id: "p2", name: "Two", brand: "b1", suppliers: [supplier]),
                        Product(id: "p3", name: "Three", suppliers: [supplier, stranger]),
                    ], of: retailer, at: now)
            }
            let second = try await market.load(retailer) { tx, now in
                try tx.upsert(
                    [
                        Product(id: "p1", name: "One", brand: "b1", category: "c1"),
                        Product(id: "p2", name: "Two", brand: "b1", gtins: ["12345678"]), Product(id: "p4", name: "Four"),
                    ], of: retailer, at: now)
            }
            let stored = try await market.load(retailer) { tx, _ in try tx.products(of: retailer, limit: 10) }

            #expect(first.created == 2)
            #expect(first.stubs == 2)
            #expect(first.refused.map(\.index) == [2])
            #expect(first.refused.map(\.problem.code) == ["unknown_supplier"])
            #expect(second == BatchOutcome(created: 1, changed: 1, unchanged: 1))
            #expect(stored.map(\.product.id) == ["p1", "p2", "p4"])
            #expect(stored[1].product.suppliers == [])
            #expect(stored[1].product.gtins == ["12345678"])
            #expect(stored.map(\.ordinal) == [1, 2, 3])
        }
    }

    @Test func `the list filters by brand, by category with what lies in it, by supplier and by stub, in pages`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let analyst = try await market.key(of: retailer, .analyst)
            try await market.load(retailer) { tx, now in
                _ = try tx.upsert(
                    [Category(id: "milk", parent: "dairy", name: "Milk"), Category(id: "bread", name: "Bread")], of: retailer)
                _ = try tx.upsert(
                    [
                        Product(id: "p1", name: "1", brand: "b1", category: "milk"),
                        Product(id: "p2", name: "2", brand: "b2", category: "dairy", suppliers: [supplier]),
                        Product(id: "p3", name: "3", brand: "b1", category: "bread"),
                    ], of: retailer, at: now)
                _ = try tx.ensureProducts(["p4"], of: retailer, at: now)
            }
            func ids(_ query: String) async throws -> [JSONValue] {
                let reply = try await market.get("/v1/retailers/\(retailer)/products?\(query)", as: analyst)
                return reply.json["data"].elements.map { $0["product_id"] }
            }

            #expect(try await ids("brand_id=b1") == ["p1", "p3"])
            #expect(try await ids("category_id=dairy") == ["p1", "p2"])
            #expect(try await ids("supplier_id=\(supplier)") == ["p2"])
            #expect(try await ids("stub=true") == ["p4"])
            #expect(try await ids("brand_id=b1&category_id=milk&stub=false") == ["p1"])
            let page = try await market.get("/v1/retailers/\(retailer)/products?limit=3", as: analyst)
            let cursor = try #require(page.json["next_cursor"].string)
            #expect(try await ids("limit=3&cursor=\(cursor)") == ["p4"])
        }
    }

    @Test(arguments: [1, 2]) func `32 racing batches with the same new ids give each id one ordinal`(_ round: Int) async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let ids = (0..<50).map { ExternalID(stored: "p\($0)") }
            let answers = try await withThrowingTaskGroup(of: EnsuredOrdinals.self) { group in
                for task in 0..<32 {
                    group.addTask {
                        var own = ids
                        var generator = SeededGenerator(seed: UInt64(round * 100 + task))
                        own.shuffle(using: &generator)
                        return try await market.load(retailer) { [own] tx, now in
                            if task % 4 == 0 {
                                _ = try tx.upsert(own.map { Product(id: $0, name: "loaded") }, of: retailer, at: now)
                            }
                            return try tx.ensureProducts(own, of: retailer, at: now)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(Set(answers.map(\.ordinals)).count == 1)
            #expect(answers[0].ordinals.values.sorted() == (1...50).map(Int32.init))
            let stored = try await market.load(retailer) { tx, _ in try tx.products(of: retailer, limit: 100) }
            #expect(stored.map(\.product.name) == Array(repeating: "loaded", count: 50))
        }
    }
}
