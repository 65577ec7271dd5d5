import Audiences
import JSONText
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

@Suite struct PreviewTests {
    /// 200 shoppers: all bought milk of brand `a` on the snapshot's Sunday for 10.00, 1 to 100 also cheese of `b`, and 101
    /// to 110 cat food of `c`. Brand `a` is the supplier's.
    private func town(_ market: TestMarket, insight: String = "own_brands", scope: String = #"{"brands": ["a"]}"#) async throws
        -> (Town, supplier: KeyToken, admin: KeyToken)
    {
        let town = Town(database: market.database, retailer: try await market.makeRetailer())
        try await town.addCatalogue([("a", "milk"), ("b", "cheese"), ("c", "cats"), ("a", "dairy")])
        try await town.addShoppers(1...200)
        try await town.add(
            (Int64(1)...200).map { key in
                var lines = [Slip.Line(product: 0, paid: 1000)]
                if key <= 100 { lines.append(.init(product: 1, paid: 500)) }
                if key > 100, key <= 110 { lines.append(.init(product: 2, paid: 100)) }
                return Slip(number: Int(key), shopper: key, day: 0, lines: lines)
            })
        let supplier = try await market.makeSupplier()
        try await town.addAgreement(supplier, insight: insight, scope: scope, market.clock.world)
        return (
            town, try await market.key(of: supplier, .marketer), try await market.key(of: town.retailer, .marketer)
        )
    }

    private func preview(_ town: Town, _ market: TestMarket, as key: KeyToken, _ predicate: JSONValue) async throws
        -> TestClient.Reply
    {
        try await market.post("/v1/retailers/\(town.retailer)/audiences/preview", as: key, ["predicate": predicate])
    }

    private let milk: JSONValue = ["bought": ["brands": ["a"], "within_days": 90]]

    @Test func `the retailer reads exact numbers`() async throws {
        try await TestMarket.run { market in
            let (town, _, admin) = try await town(market)

            let reply = try await preview(
                town, market, as: admin, ["bought": ["categories": ["pets"], "within_days": 90]])

            #expect(
                reply.json == [
                    "kind": "exact", "shoppers": 10, "base": 200, "share_bp": 500,
                    "spend": ["amount": 11000, "currency": "RUB"], "receipts": 10, "as_of": "2026-03-01",
                    "window": ["from": "2025-12-02", "through": "2026-03-01"],
                ])
        }
    }

    @Test func `a past day is looked at as it closed, and a day that has not closed is refused`() async throws {
        try await TestMarket.run { market in
            let (town, _, admin) = try await town(market)
            let path = "/v1/retailers/\(town.retailer)/audiences/preview"

            let past = try await market.post(path, as: admin, ["predicate": milk, "as_of": "2026-02-28"])
            let open = try await market.post(path, as: admin, ["predicate": milk, "as_of": "2026-03-02"])

            #expect(past.json["shoppers"] == 0)
            #expect(past.json["as_of"] == "2026-02-28")
            #expect(open.status == 422)
            #expect(open.json["errors"][0]["code"] == "day_not_closed")
        }
    }

    @Test func `a supplier reads a rounded number above the floor that does not move when it asks again`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market)

            let first = try await preview(town, market, as: supplier, milk)
            let again = try await preview(town, market, as: supplier, ["all": [milk, milk]])

            #expect(first.status == 200)
            #expect(first.json["kind"] == "rounded")
            #expect(first.json["as_of"] == "2026-03-01")
            #expect(first.json["floor"] == 50)
            #expect(first.json["step"] == 10)
            #expect(first.json["shoppers"] == again.json["shoppers"])
            #expect(first.json["spend"] == .null)
            let shown = first.json["shoppers"].integer
            #expect(shown == nil ? first.json["below_floor"] == true : shown! >= 50 && shown! % 10 == 0)
        }
    }

    @Test func `below the floor nothing is said, also of a part or a difference`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market, insight: "all")
            let pets: JSONValue = ["bought": ["categories": ["pets"], "within_days": 90]]
            let milkAndNotPets: JSONValue = ["all": [milk, ["not": pets]]]

            for predicate in [
                pets, milkAndNotPets, ["any": [milk, pets]], ["not": ["any": [["not": milk], pets]]],
            ] as [JSONValue] {
                let reply = try await preview(town, market, as: supplier, predicate)
                #expect(reply.json["below_floor"] == true)
                #expect(reply.json["shoppers"] == .null)
                #expect(reply.json["share_bp"] == .null)
            }
        }
    }

    @Test func `a leaf outside the insight scope is refused where it stands`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, admin) = try await town(market)
            let traits = "/v1/retailers/\(town.retailer)/traits"
            _ = try await market.put("\(traits)/cat_owner", as: admin, ["rule": ["categories": ["cats"]]])
            let reply = try await preview(
                town, market, as: supplier,
                [
                    "all": [
                        milk, ["not": ["bought": ["brands": ["b"], "within_days": 30]]],
                        ["favourite_brands": ["any": ["a", "c"]]],
                        ["bought": ["categories": ["milk"], "within_days": 30]],
                        ["bought": ["products": ["p3"], "within_days": 30]],
                        ["traits": ["any": ["cat_owner"]]], ["stores": ["any": ["s0"]]], ["stores": ["any": ["s1"]]],
                        ["bought": ["products": ["unknown"], "within_days": 30]], ["spend": ["gte": 100]],
                    ]
                ])

            #expect(reply.status == 403)
            #expect(reply.json["code"] == "outside_insight_scope")
            #expect(
                reply.json["errors"].elements.map { $0["pointer"].string } == [
                    "/predicate/all/1/not/bought", "/predicate/all/2/favourite_brands", "/predicate/all/5/traits",
                    "/predicate/all/7/stores", "/predicate/all/8/bought",
                ])
        }
    }

    @Test func `own categories reach rivals within them and nothing beyond`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(
                market, insight: "own_categories", scope: #"{"brands": ["a"], "categories": ["dairy"]}"#)

            let cheese = try await preview(town, market, as: supplier, ["bought": ["brands": ["b"], "within_days": 90]])
            let cats = try await preview(town, market, as: supplier, ["bought": ["brands": ["c"], "within_days": 90]])

            #expect(cheese.status == 200)
            #expect(cats.status == 403)
        }
    }

    @Test func `bounds snap to the grid, and the answer says what was counted`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market)

            let reply = try await preview(
                town, market, as: supplier,
                [
                    "all": [
                        ["spend": ["gte": 1234, "lt": 1240]], ["recency_days": ["lte": 8]], ["purchase_frequency": ["gte": 7]],
                    ]
                ])

            #expect(
                reply.json["predicate"] == [
                    "all": [
                        ["spend": ["gte": 1000, "lt": 1500]], ["recency_days": ["lte": 7]],
                        ["purchase_frequency": ["gte": 8]],
                    ]
                ])
        }
    }

    @Test func `the 301st distinct predicate of a day is refused, one that was counted is not, tomorrow is new`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market)
            _ = try await preview(town, market, as: supplier, milk)
            let retailer = town.retailer
            try await town.write { tx in
                try tx.execute(
                    """
                    INSERT INTO predicate_use (retailer_id, supplier_id, used_on, predicate_hash)
                    SELECT retailer_id, supplier_id, used_on, sha256(n::text::bytea)
                    FROM predicate_use, generate_series(1, 298) AS n
                    WHERE retailer_id = \(retailer)
                    """)
            }

            let last = try await preview(town, market, as: supplier, ["spend": ["gte": 100]])
            let over = try await preview(town, market, as: supplier, ["spend": ["gte": 200]])
            let known = try await preview(town, market, as: supplier, milk)
            market.clock.advance(seconds: 86_400)
            let tomorrow = try await preview(town, market, as: supplier, ["spend": ["gte": 200]])

            #expect([last.status, over.status, known.status, tomorrow.status] == [200, 429, 200, 200])
            #expect(over.json["code"] == "predicate_budget_spent")
            #expect(over.header("retry-after") != nil)
        }
    }

    @Test func `without an agreement in force a supplier counts nothing, and a day of its own choice neither`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market)
            let path = "/v1/retailers/\(town.retailer)/audiences/preview"
            let dated = try await market.post(path, as: supplier, ["predicate": milk, "as_of": "2026-02-01"])
            market.clock.advance(seconds: 400 * 86_400)
            let late = try await market.post(path, as: supplier, ["predicate": milk])

            #expect(dated.status == 422)
            #expect(dated.json["errors"][0]["code"] == "snapshot_only")
            #expect(late.status == 403)
            #expect(late.json["code"] == "no_agreement_in_force")
        }
    }

    @Test func `an unknown trait is refused at its leaf`() async throws {
        try await TestMarket.run { market in
            let (town, _, admin) = try await town(market)

            let reply = try await preview(town, market, as: admin, ["not": ["traits": ["any": ["unheard_of"]]]])

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["pointer"] == "/predicate/not/traits")
            #expect(reply.json["errors"][0]["code"] == "unknown_trait")
        }
    }
}
