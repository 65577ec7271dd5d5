import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct StoreTests {
    @Test func `a store that was put is read back by everybody of the retailer, in the retailer's zone`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (feed, till) = (try await market.key(of: retailer, .feed), try await market.key(of: retailer, .till))
            let path = "/v1/retailers/\(retailer)/stores/s%201"

            let put = try await market.put(
                path, as: feed, ["name": "На Арбате", "region": "Moscow", "format": "city", "price_zone_id": "centre"])
            let seen = try await market.get(path, as: till)

            #expect(put.status == 201)
            #expect(put.header("location") == path)
            #expect(seen.status == 200)
            #expect(
                seen.json == [
                    "store_id": "s 1", "name": "На Арбате", "region": "Moscow", "format": "city", "price_zone_id": "centre",
                    "zone": "Europe/Moscow", "closed_on": nil, "is_stub": false, "updated_at": "2026-03-02T12:00:00Z",
                ])
        }
    }

    @Test func `the same again changes nothing, another description replaces the whole`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/stores/s1"
            let body: JSONValue = ["name": "One", "region": "North", "zone": "Asia/Omsk"]

            _ = try await market.put(path, as: feed, body)
            market.clock.advance(seconds: 60)
            let again = try await market.put(path, as: feed, body)
            let other = try await market.put(path, as: feed, ["name": "One"])

            #expect(again.status == 200)
            #expect(again.json["updated_at"] == "2026-03-02T12:00:00Z")
            #expect(other.json["region"] == "")
            #expect(other.json["zone"] == "Europe/Moscow")
            #expect(other.json["updated_at"] == "2026-03-02T12:01:00Z")
        }
    }

    @Test func `an unknown zone and another id than the path's are refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let path = "/v1/retailers/\(retailer)/stores/s1"

            let zone = try await market.put(path, as: feed, ["name": "One", "zone": "Europe/Nowhere"])
            let other = try await market.put(path, as: feed, ["name": "One", "store_id": "s2"])
            let missing = try await market.get(path, as: feed)

            #expect(zone.status == 422)
            #expect(zone.json["errors"][0]["code"] == "unknown_zone")
            #expect(other.json["errors"][0]["code"] == "differs_from_path")
            #expect(missing.status == 404)
        }
    }

    @Test func `an id in the path is decoded once, and a slash in it is part of the id`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let feed = try await market.key(of: retailer, .feed)
            let base = "/v1/retailers/\(retailer)/stores"

            let slash = try await market.put("\(base)/a%2Fb", as: feed, ["name": "One"])
            let twice = try await market.put("\(base)/100%2525", as: feed, ["name": "One"])
            let bad = try await market.put("\(base)/%zz", as: feed, ["name": "One"])
            let cut = try await market.put("\(base)/%D0", as: feed, ["name": "One"])

            #expect(slash.json["store_id"] == "a/b")
            #expect(twice.json["store_id"] == "100%25")
            #expect(bad.json["errors"][0] == cut.json["errors"][0])
            #expect(bad.json["errors"][0]["code"] == "bad_encoding")
        }
    }

    @Test func `of a batch the bad item is refused by its place, the last of two with one id holds`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let outcome = try await market.load(retailer) { tx, now in
                _ = try tx.upsert([Store(id: "s1", name: "Old")], of: retailer, at: now)
                return try tx.upsert(
                    [
                        Store(id: "s3", name: "Three", zone: "Mars/Base"), Store(id: "s2", name: "First"),
                        Store(id: "s1", name: "New", priceZone: "z"), Store(id: "s2", name: "Last"),
                    ], of: retailer, at: now)
            }
            let stores = try await market.load(retailer) { tx, _ in try tx.stores(of: retailer, limit: 10) }

            #expect(
                outcome
                    == BatchOutcome(
                        created: 1, changed: 1, superseded: 1,
                        refused: [
                            RefusedItem(
                                index: 0,
                                problem: FieldProblem(
                                    pointer: "/zone", code: "unknown_zone",
                                    detail: "Must be an IANA zone, like Europe/Moscow."))
                        ], stubs: 1))
            #expect(stores.map(\.store.name) == ["New", "Last"])
            #expect(stores.map(\.ordinal) == [1, 2])
        }
    }

    @Test func `stubs are listed as such until their store is loaded`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)
            let ensured = try await market.load(retailer) { tx, now in
                try tx.ensureStores(["s2", "s1", "s2"], of: retailer, at: now)
            }
            _ = try await market.put("/v1/retailers/\(retailer)/stores/s1", as: admin, ["name": "One"])

            let stubs = try await market.get("/v1/retailers/\(retailer)/stores?stub=true", as: admin)
            let ordinals = try await market.load(retailer) { tx, _ in try tx.storeOrdinals(["s1", "s2", "s3"], of: retailer) }

            #expect(ensured == EnsuredOrdinals(ordinals: ["s1": 1, "s2": 2], created: ["s1", "s2"]))
            #expect(stubs.json["data"].elements.map { $0["store_id"] } == ["s2"])
            #expect(stubs.json["data"][0]["zone"] == "Europe/Moscow")
            #expect(ordinals == ["s1": 1, "s2": 2])
        }
    }

    @Test func `a role that does not load the catalogue is refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            for role in RetailerRole.allCases where role != .admin && role != .feed {
                let reply = try await market.put(
                    "/v1/retailers/\(retailer)/stores/s1", as: try await market.key(of: retailer, role), ["name": "x"])
                #expect(reply.status == 403, "\(role)")
            }
        }
    }
}
