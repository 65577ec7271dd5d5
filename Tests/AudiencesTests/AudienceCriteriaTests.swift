import Audiences
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct AudienceCriteriaTests {
    /// Brand `a` milk and cheese, `b` cheese and cats, `c` cats; two regions.
    private func town(_ market: TestMarket, insight: String, scope: String) async throws -> (Town, KeyToken, KeyToken) {
        let town = Town(database: market.database, retailer: try await market.makeRetailer())
        try await town.addCatalogue([("a", "milk"), ("a", "cheese"), ("b", "cheese"), ("b", "cats"), ("c", "cats")])
        try await town.addShoppers(1...3)
        try await town.addTag("vip", [1])
        let admin = try await market.key(of: town.retailer, .marketer)
        for (trait, category) in [("cat_owner", "cats"), ("milk_drinker", "milk")] {
            let path = "/v1/retailers/\(town.retailer)/traits/\(trait)"
            _ = try await market.put(
                path, as: admin, ["description": .string(trait), "rule": ["categories": [.string(category)]]])
        }
        let supplier = try await market.makeSupplier()
        try await town.addAgreement(supplier, insight: insight, scope: scope, market.clock.world)
        return (town, try await market.key(of: supplier, .analyst), admin)
    }

    private func criteria(_ town: Town, _ market: TestMarket, as key: KeyToken) async throws -> JSONValue {
        let reply = try await market.get("/v1/retailers/\(town.retailer)/audience-criteria", as: key)
        #expect(reply.status == 200)
        return reply.json
    }

    private func names(_ list: JSONValue, _ member: String) -> [String?] { list["data"].elements.map { $0[member].string } }

    @Test func `the retailer may use everything, to its exact bounds`() async throws {
        try await TestMarket.run { market in
            let (town, _, admin) = try await town(market, insight: "all", scope: "{}")

            let found = try await criteria(town, market, as: admin)

            #expect(found["kind"] == "exact" && found["goods"] == "all" && found["currency"] == "RUB")
            #expect([found["floor"], found["step"], found["predicates_left"]] == [.null, .null, .null])
            #expect(found["window"] == ["from": "2025-12-02", "through": "2026-03-01"])
            #expect(names(found["brands"], "brand_id") == ["a", "b", "c"])
            #expect(names(found["categories"], "category_id") == ["cats", "cheese", "dairy", "milk", "pets"])
            #expect(found["stores"]["data"] == ["s0", "s1", "s2"])
            #expect(found["traits"].elements.map { $0["name"].string } == ["cat_owner", "milk_drinker"])
            #expect(found["tags"] == ["data": ["vip"], "is_whole": true, "path": .string("/v1/retailers/\(town.retailer)/tags")])
            #expect(found["segments"].elements.count == 9)
            let forms = found["criteria"].elements
            #expect(
                forms.map { $0["criterion"].string } == [
                    "stores", "average_check", "purchase_frequency", "spend", "recency_days", "favourite_brands", "bought",
                    "traits", "rfm", "rfm", "tags",
                ])
            #expect(forms.allSatisfy { $0["fields"].elements.allSatisfy { $0["steps"] == .null } })
        }
    }

    @Test func `a supplier is shown what its insight scope lets it name, and the grid`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(
                market, insight: "own_brands", scope: #"{"brands": ["a"], "products": ["p2"], "stores": ["s1"]}"#)
            _ = try await market.post(
                "/v1/retailers/\(town.retailer)/audiences/preview", as: try await market.key(of: town.retailer, .marketer),
                ["predicate": ["spend": ["gte": 1]]])

            let found = try await criteria(town, market, as: supplier)

            #expect(found["kind"] == "rounded" && found["goods"] == "own_brands")
            #expect([found["floor"], found["step"], found["predicates_left"]] == [50, 10, 300])
            #expect(names(found["brands"], "brand_id") == ["a"])
            // Of cheese it has the one of `a`, and the one of `b` that the agreement names.
            #expect(names(found["categories"], "category_id") == ["cheese", "dairy", "milk"])
            #expect(found["products"]["data"] == ["p2"])
            #expect(
                found["regions"]["data"] == [
                    ["region": "north", "stores": ["s0"]], ["region": "south", "stores": ["s1", "s2"]],
                ])
            #expect(found["stores"]["data"] == ["s1"])
            #expect(found["traits"] == [["name": "milk_drinker", "description": "milk_drinker"]])
            #expect(found["tags"]["data"] == ["vip"] && found["tags"]["path"] == .null)
            let top = found["criteria"].elements[5]["fields"].elements[1]
            #expect(
                top == [
                    "name": "top", "kind": "integer", "required": false, "gte": 1, "lte": 10, "default": 3,
                    "steps": [1, 3, 5, 10],
                ])
        }
    }

    /// Whatever the answer lists is let in by a preview, and what it does not is refused.
    @Test(arguments: [
        ("own_brands", #"{"brands": ["a"]}"#), ("own_brands", #"{"brands": ["b"], "products": ["p4"]}"#),
        ("own_categories", #"{"brands": ["a"], "categories": ["dairy"]}"#), ("own_categories", #"{"products": ["p4"]}"#),
        ("all", "{}"),
    ])
    func `what is listed may be asked, and nothing else`(insight: String, scope: String) async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market, insight: insight, scope: scope)
            let found = try await criteria(town, market, as: supplier)
            func mayAsk(_ predicate: JSONValue) async throws -> Bool {
                let reply = try await market.post(
                    "/v1/retailers/\(town.retailer)/audiences/preview", as: supplier, ["predicate": predicate])
                #expect([200, 403].contains(reply.status))
                return reply.status == 200
            }

            for (kind, id, all) in [
                ("brands", "brand_id", ["a", "b", "c"]),
                ("categories", "category_id", ["dairy", "milk", "cheese", "pets", "cats"]),
            ] {
                let listed = names(found[kind], id)
                for name in all {
                    let asked = try await mayAsk(["bought": .object([kind: [.string(name)], "within_days": 90])])
                    #expect(asked == listed.contains(name), "\(scope) \(insight): \(kind) \(name)")
                }
            }
            for trait in ["cat_owner", "milk_drinker"] {
                let isListed = found["traits"].elements.contains { $0["name"].string == trait }
                #expect(try await mayAsk(["traits": ["any": [.string(trait)]]]) == isListed, "\(scope): \(trait)")
            }
        }
    }

    /// A form that is filled in at its bounds makes a predicate that the parser takes.
    @Test func `every form, filled in at its bounds, is a predicate`() async throws {
        try await TestMarket.run { market in
            let (town, _, admin) = try await town(market, insight: "all", scope: "{}")
            let forms = try await criteria(town, market, as: admin)["criteria"].elements
            func value(_ field: JSONValue, _ end: String) -> JSONValue {
                switch field["kind"].string {
                case "score": ["gte": field[end]]
                case "amount", "integer": field["choices"].elements.first ?? field[end]
                case "traits": ["cat_owner"]
                case "segments": ["lost"]
                default: ["x"]
                }
            }

            for form in forms {
                for end in ["gte", "lte"] {
                    let chosen = form["exactly_one"].elements.first.map { [$0.string ?? ""] } ?? []
                    let some = form["at_least_one"].elements.map { $0.string ?? "" }
                    let picked = end == "gte" ? some.prefix(1) : some.suffix(1)
                    var members: [String: JSONValue] = [:]
                    for field in form["fields"].elements {
                        let name = field["name"].string ?? ""
                        let isOptionalNumber = field["default"] != .null
                        guard field["required"] == true || chosen.contains(name) || picked.contains(name) || isOptionalNumber
                        else { continue }
                        members[name] = value(field, end)
                    }
                    let predicate: JSONValue = .object([form["criterion"].string ?? "": .object(members)])
                    let reply = try await market.post(
                        "/v1/retailers/\(town.retailer)/audiences/preview", as: admin, ["predicate": predicate])
                    #expect(reply.status == 200, "\(String(decoding: predicate.jsonBytes, as: UTF8.self)): \(reply.text)")
                }
            }
        }
    }

    @Test func `without an agreement in force there is nothing to choose`() async throws {
        try await TestMarket.run { market in
            let (town, supplier, _) = try await town(market, insight: "all", scope: "{}")
            market.clock.advance(seconds: 400 * 86_400)

            let reply = try await market.get("/v1/retailers/\(town.retailer)/audience-criteria", as: supplier)

            #expect((reply.status, reply.json["code"]) == (403, "no_agreement_in_force"))
        }
    }
}
