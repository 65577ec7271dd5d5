import JSONText
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@Suite struct TraitTests {
    /// Two shoppers bought cat food within the window, one of them twice.
    private func fill(_ market: TestMarket, _ retailer: RetailerID) async throws {
        let day = BusinessDay("2026-02-20")!
        // Two tests may attach the same month at once.
        for attempt in 1...20 {
            do {
                try await market.database.transaction(as: .retailer(retailer)) { tx -> Void in
                    try tx.execute("SELECT attach_month('receipt', \(day))")
                }
                break
            } catch DatabaseError.server(let error)
                where ["42P07", "40P01", "55P03"].contains(error.state.code) && attempt < 20
            {
                continue
            }
        }
        try await market.database.transaction(as: .retailer(retailer)) { tx -> Void in
            try tx.execute("INSERT INTO category (retailer_id, category_id, name) VALUES (\(retailer), 'cats', 'Cats')")
            try tx.execute(
                """
                INSERT INTO product (retailer_id, product_id, ordinal, name, category_id)
                VALUES (\(retailer), 'p', 0, 'Food', 'cats')
                """)
            try tx.execute("INSERT INTO shopper (retailer_id, shopper_key) SELECT \(retailer), generate_series(1, 5)")
            for (number, shopper) in [1, 2, 2].map(Int64.init).enumerated() {
                try tx.execute(
                    """
                    INSERT INTO receipt (
                        retailer_id, business_day, store_ordinal, till, number, kind, shopper_key, sold_at, received_at,
                        fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                        vat_rate_bp
                    )
                    VALUES (
                        \(retailer), \(day), 0, '1', \("\(number)"), 'sale', \(shopper), clock_timestamp(), clock_timestamp(),
                        sha256(''), '{1}', '{0}', '{1000}', '{NULL}', '{NULL}', '{100}', '{NULL}'
                    )
                    """)
            }
        }
    }

    @Test func `a trait is defined, sized, changed and switched off`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await fill(market, retailer)
            let key = try await market.key(of: retailer, .marketer)
            let path = "/v1/retailers/\(retailer)/traits"

            let made = try await market.put("\(path)/cat_owner", as: key, ["rule": ["categories": ["cats"]]])
            let first = try await market.get("\(path)/cat_owner", as: key)
            _ = try await market.put(
                "\(path)/cat_owner", as: key, ["description": "d", "rule": ["categories": ["cats"], "min_receipts": 2]])
            let second = try await market.get(path, as: key)
            let off = try await market.delete("\(path)/cat_owner", as: key)
            let last = try await market.get("\(path)/cat_owner", as: key)

            #expect(
                made.json == [
                    "name": "cat_owner", "description": "", "rule": ["categories": ["cats"], "min_receipts": 1],
                    "is_active": true, "version": 1, "updated_at": "2026-03-02T12:00:00Z",
                ])
            #expect(first.json["shoppers"] == 2)
            #expect(second.json["data"][0]["shoppers"] == 1)
            #expect(second.json["data"][0]["version"] == 2)
            #expect(off.status == 204)
            #expect(last.json["is_active"] == false)
            #expect(last.json["shoppers"] == 0)
        }
    }

    @Test(arguments: ["Cat", "1cat", "cat-owner", String(repeating: "c", count: 65)])
    func `a name that is no lower-case word is refused`(name: String) async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let key = try await market.key(of: retailer, .marketer)

            let reply = try await market.put(
                "/v1/retailers/\(retailer)/traits/\(name)", as: key, ["rule": ["products": ["p"]]])

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["code"] == "bad_trait_name")
        }
    }

    @Test func `a rule is about one kind of goods, and not about none`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let key = try await market.key(of: retailer, .marketer)
            let path = "/v1/retailers/\(retailer)/traits/t"

            let both = try await market.put(path, as: key, ["rule": ["products": ["p"], "brands": ["b"]]])
            let none = try await market.put(path, as: key, ["rule": ["min_receipts": 1]])
            let empty = try await market.put(path, as: key, ["rule": ["products": []]])

            #expect(both.json["errors"][0]["pointer"] == "/rule/brands")
            #expect(none.json["errors"][0]["pointer"] == "/rule")
            #expect(empty.json["errors"][0]["pointer"] == "/rule/products")
        }
    }

    @Test func `the segments are listed with their sizes`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            try await fill(market, retailer)
            let key = try await market.key(of: retailer, .analyst)

            let reply = try await market.get("/v1/retailers/\(retailer)/segments", as: key)

            // Shopper 1 is worse in receipts and money (F 1, M 1), equal in recency (R 1); shopper 2 has F 3 and M 3.
            let sizes = reply.json["data"].elements.filter { $0["shoppers"] != 0 }
            #expect(reply.json["as_of"] == "2026-03-01")
            #expect(sizes == [["segment": "hibernating", "shoppers": 1], ["segment": "lost", "shoppers": 1]])
        }
    }
}
