import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct PriceTests {
    private let day = BusinessDay("2026-03-02")!

    private func rub(_ minor: Int64) -> Money { Money(minor: minor, asset: .rouble) }

    @Test func `the nearest place's newest valid price is in force`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let stores = try await market.makeStores(2, of: retailer) { $0.priceZone = $0.id == "s1" ? "z1" : nil }
            let products = try await market.makeProducts(2, of: retailer)
            let (from, day) = (BusinessDay("2026-01-01")!, day)
            let filed = [
                Price(product: "p1", validFrom: from, amount: rub(1000)),
                Price(product: "p1", validFrom: day, amount: rub(1100)),
                Price(product: "p1", validFrom: day.adding(days: 1), amount: rub(9999)),
                Price(product: "p1", place: .priceZone("z1"), validFrom: from, amount: rub(1200)),
                Price(product: "p1", kind: .card, place: .store("s1"), validFrom: from, amount: rub(900)),
                Price(product: "p1", kind: .card, validFrom: day, amount: rub(950)),
                Price(product: "p1", kind: .promo, validFrom: from, validTo: day.adding(days: -1), amount: rub(500)),
            ]
            try await market.load(retailer) { tx, _ in try tx.upsert(filed, of: retailer) }

            func force(_ store: ExternalID) async throws -> [Int32: PricesInForce] {
                try await market.load(retailer) { tx, _ in
                    try tx.pricesInForce(of: products.values.sorted(), inStore: stores[store] ?? 0, on: day, at: retailer)
                }
            }

            #expect(try await force("s1") == [1: PricesInForce(regular: 1200, card: 900)])
            #expect(try await force("s2") == [1: PricesInForce(regular: 1100, card: 950)])
        }
    }

    @Test func `the minimum price is the highest bound in force, a zone's before everywhere's`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let stores = try await market.makeStores(2, of: retailer) { $0.priceZone = $0.id == "s1" ? "z1" : nil }
            let products = try await market.makeProducts(3, of: retailer)
            let (from, day) = (BusinessDay("2026-01-01")!, day)
            let bounds = [
                PriceBound(product: "p1", kind: .cost, validFrom: from, amount: rub(700)),
                PriceBound(product: "p1", kind: .cost, validFrom: day, amount: rub(650)),
                PriceBound(product: "p1", kind: .cost, priceZone: "z1", validFrom: from, amount: rub(600)),
                PriceBound(product: "p1", kind: .legalMinimum, validFrom: day.adding(days: 1), amount: rub(9999)),
                PriceBound(product: "p1", kind: .floor, validFrom: from, amount: rub(620)),
                PriceBound(product: "p2", kind: .floor, validFrom: from, amount: rub(10)),
            ]
            try await market.load(retailer) { tx, _ in try tx.upsert(bounds, of: retailer) }

            let all = products.values.sorted()
            let found = try await market.load(retailer) { tx, _ in
                [
                    try tx.minimumPrices(of: all, inPriceZone: nil, on: day, at: retailer),
                    try tx.minimumPrices(of: all, inPriceZone: "z1", on: day, at: retailer),
                    try tx.minimumPrices(of: all, inStores: [stores["s1"] ?? 0], on: day, at: retailer),
                    try tx.minimumPrices(of: all, inStores: stores.values.sorted(), on: day, at: retailer),
                ]
            }

            #expect(found == [[1: 650, 2: 10], [1: 620, 2: 10], [1: 620, 2: 10], [1: 650, 2: 10]])
        }
    }

    @Test func `a price is filed once, replaced by the same key, and listed in pages`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await market.makeStores(1, of: retailer)
            try await market.makeProducts(1, of: retailer)
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/products/p1/prices"
            let price: JSONValue = ["amount": 12990, "currency": "RUB"]

            let first = try await market.post(path, as: feed, ["kind": "regular", "valid_from": "2026-03-01", "price": price])
            let again = try await market.post(
                path, as: feed, ["kind": "regular", "valid_from": "2026-03-01", "price": ["amount": 13990, "currency": "RUB"]])
            _ = try await market.post(
                path, as: feed,
                ["kind": "promo", "store_id": "s1", "valid_from": "2026-03-01", "valid_to": "2026-03-07", "price": price])
            let page = try await market.get(path + "?limit=1", as: feed)
            let cursor = try #require(page.json["next_cursor"].string)
            let rest = try await market.get(path + "?limit=1&cursor=\(cursor)", as: feed)

            #expect(first.status == 200)
            #expect(again.json["price"]["amount"] == 13990)
            #expect(
                page.json["data"] == [
                    [
                        "product_id": "p1", "kind": "promo", "store_id": "s1", "valid_from": "2026-03-01",
                        "valid_to": "2026-03-07", "price": price,
                    ]
                ])
            #expect(
                rest.json == [
                    "data": [
                        [
                            "product_id": "p1", "kind": "regular", "valid_from": "2026-03-01", "valid_to": nil,
                            "price": ["amount": 13990, "currency": "RUB"],
                        ]
                    ], "next_cursor": nil,
                ])
        }
    }

    @Test func `prices of unknown things, of two places and of another currency are refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await market.makeProducts(1, of: retailer)
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/products"
            let price: JSONValue = ["amount": 100, "currency": "RUB"]

            let product = try await market.post(
                "\(base)/nothing/prices", as: feed, ["kind": "card", "valid_from": "2026-03-01", "price": price])
            let store = try await market.post(
                "\(base)/p1/prices", as: feed, ["kind": "card", "store_id": "x", "valid_from": "2026-03-01", "price": price])
            let bad = try await market.post(
                "\(base)/p1/prices", as: feed,
                [
                    "kind": "card", "store_id": "x", "price_zone_id": "y", "valid_from": "2026-03-02", "valid_to": "2026-03-01",
                    "price": ["amount": -1, "currency": "USD"],
                ])
            let refused = try await market.load(retailer) { [day] tx, _ in
                try tx.upsert(
                    [
                        Price(product: "x", validFrom: day, amount: Money(minor: 1, asset: .rouble)),
                        Price(product: "p1", validFrom: day, amount: Money(minor: 1, asset: .rouble)),
                        Price(product: "p1", place: .store("x"), validFrom: day, amount: Money(minor: 1, asset: .rouble)),
                        Price(product: "p1", place: .priceZone("x"), validFrom: day, amount: Money(minor: 1, asset: .rouble)),
                    ], of: retailer)
            }

            #expect(product.status == 404)
            #expect(store.json["errors"][0]["code"] == "unknown_store")
            #expect(
                bad.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" }.sorted() == [
                    "/price/amount out_of_range", "/price/currency wrong_currency", "/price_zone_id one_place_only",
                    "/valid_to before_valid_from",
                ])
            #expect(refused.created == 1)
            #expect(
                refused.refused.map { "\($0.index) \($0.problem.code)" }
                    == ["0 unknown_product", "2 unknown_store", "3 unknown_price_zone"])
        }
    }

    @Test func `bounds are filed and read by the retailer, and in a supplier's scope there are none`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let products = try await market.makeProducts(1, of: retailer, suppliers: [supplier])
            let (feed, till) = (try await market.key(of: retailer, .feed), try await market.key(of: retailer, .till))
            let path = "/v1/retailers/\(retailer)/products/p1/price-bounds"
            let body: JSONValue = ["valid_from": "2026-03-01", "price": ["amount": 700, "currency": "RUB"]]

            let put = try await market.put("\(path)/cost", as: feed, body)
            let wrong = try await market.put("\(path)/whim", as: feed, body)
            let list = try await market.get(path, as: feed)
            let byTill = try await market.get(path, as: till)
            let all = products.values.sorted()
            let toSupplier = try await market.load(supplier, at: retailer) { [day] tx in
                try tx.minimumPrices(of: all, inPriceZone: nil, on: day, at: retailer)
            }
            let bound = PriceBound(product: "p1", kind: .floor, validFrom: day, amount: rub(1))
            let written = await #expect(throws: DatabaseError.self) {
                try await market.load(supplier, at: retailer) { tx in try tx.upsert([bound], of: retailer) }
            }

            #expect(put.status == 200)
            #expect(wrong.status == 404)
            #expect(
                list.json["data"] == [
                    [
                        "product_id": "p1", "kind": "cost", "price_zone_id": nil, "valid_from": "2026-03-01",
                        "price": ["amount": 700, "currency": "RUB"],
                    ]
                ])
            #expect(byTill.status == 403)
            #expect(toSupplier == [:])
            #expect("\(written.map { "\($0)" } ?? "")".contains("42501"))
        }
    }
}
