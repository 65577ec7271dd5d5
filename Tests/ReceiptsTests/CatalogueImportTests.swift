import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

/// Files of everything but receipts.
@Suite struct CatalogueImportTests {
    @Test func `a retailer loads its catalogue and shoppers from files and reads them back`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (feed, home) = (try await market.key(of: retailer, .feed, .admin), "/v1/retailers/\(retailer)")
            let load = { (kind: String, type: String, lines: [String]) in
                try await market.upload(
                    "\(home)/imports/\(kind)", as: feed, Array((lines.joined(separator: "\n") + "\n").utf8), type: type)
            }

            let loads = [
                try await load("stores", "text/csv", ["store_id,name,region,zone", "s1,Main,north,Europe/Moscow"]),
                try await load(
                    "products", "application/x-ndjson",
                    [#"{"product_id": "p1", "name": "Milk", "brand_id": "b1", "category_id": "c1", "vat_rate_bp": 1000}"#]),
                try await load(
                    "prices", "text/csv",
                    ["product_id,kind,valid_from,amount,currency", "p1,regular,2026-01-01,9990,RUB", "p1,card,2026-01-01,x,RUB"]),
                try await load(
                    "price_bounds", "text/csv",
                    ["product_id,kind,valid_from,amount,currency", "p1,cost,2026-01-01,7000,RUB"]),
                try await load("shoppers", "text/csv", ["shopper_id,kind,push", "h1,person,false", "h2,robot,true"]),
                try await load("tags", "application/x-ndjson", [#"{"tag": "vip", "shopper_id": "h1"}"#]),
            ]
            let store = try await market.get("\(home)/stores/s1", as: feed)
            let product = try await market.get("\(home)/products/p1", as: feed)
            let prices = try await market.get("\(home)/products/p1/prices", as: feed)
            let shopper = try await market.get("\(home)/shoppers/h1", as: feed)

            #expect(loads.map(\.status) == [200, 200, 200, 200, 200, 200])
            #expect(loads.map { $0.json["accepted"] } == [1, 1, 1, 1, 1, 1])
            #expect(loads.map { $0.json["rejected"] } == [0, 0, 1, 0, 1, 0])
            #expect(store.json["region"] == "north")
            #expect(product.json["brand_id"] == "b1")
            #expect(prices.json["data"].elements.map { $0["price"] } == [["amount": 9990, "currency": "RUB"]])
            #expect(shopper.json["push"] == false)
            #expect(shopper.json["tags"] == ["vip"])
        }
    }

    @Test func `receipts are listed by day, by store and by shopper, in pages`() async throws {
        try await FilingDesk.open { desk in
            try await desk.file([
                .sale("1", shopper: "h1"), .sale("2", store: "s2", shopper: "h1"), .sale("3", shopper: "h2"),
                .sale("4", day: "2026-02-27", shopper: "h1"),
            ])
            let analyst = try await desk.market.key(of: desk.retailer, .analyst)
            let numbers = { (query: String) in
                try await desk.market.get("/v1/retailers/\(desk.retailer)/receipts?\(query)", as: analyst).json["data"].elements
                    .map { $0["number"] }
            }
            let day = "from=2026-03-01"
            let page = try await desk.market.get("/v1/retailers/\(desk.retailer)/receipts?\(day)&limit=2", as: analyst)
            let cursor = try #require(page.json["next_cursor"].string)

            #expect(Set(try await numbers(day)) == ["1", "2", "3"])
            #expect(try await numbers("\(day)&store_id=s2") == ["2"])
            #expect(Set(try await numbers("from=2026-02-01&to=2026-03-01&shopper_id=h1")) == ["1", "2", "4"])
            #expect(page.json["data"].elements.count == 2)
            #expect(try await numbers("\(day)&limit=2&cursor=\(cursor)").count == 1)
            #expect(
                try await desk.market.get("/v1/retailers/\(desk.retailer)/receipts?from=2026-01-01&to=2026-03-01", as: analyst)
                    .json["errors"][0]["pointer"] == "?to")
        }
    }
}
