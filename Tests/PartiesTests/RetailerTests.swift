import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct RetailerTests {
    @Test func `the platform takes on a retailer and everybody of it sees it`() async throws {
        try await TestMarket.run { market in
            let created = try await market.post(
                "/v1/retailers", as: market.platform,
                ["name": "Перекрёсток", "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"])
            let id: RetailerID = try created.id()

            #expect(created.status == 201)
            #expect(created.header("location") == "/v1/retailers/\(id)")
            let till = try await market.key(of: id, .till)
            let seen = try await market.get("/v1/retailers/\(id)", as: till)
            #expect(
                seen.json == [
                    "id": .string("\(id)"), "name": "Перекрёсток", "currency": "RUB", "minor_exponent": 2,
                    "zone": "Europe/Moscow", "language": "ru", "created_at": "2026-03-02T12:00:00Z",
                ])
        }
    }

    @Test func `every bad field of a request is named with a pointer`() async throws {
        try await TestMarket.run { market in
            let reply = try await market.post(
                "/v1/retailers", as: market.platform, ["currency": "R U", "zone": 5, "minor_exponent": 9, "colour": "red"])

            #expect(reply.status == 422)
            #expect(reply.header("content-type") == "application/problem+json")
            #expect(reply.json["code"] == "invalid_request")
            #expect(
                reply.json["errors"].elements.map { "\($0["pointer"].string!) \($0["code"].string!)" }.sorted() == [
                    "/colour unknown_field", "/currency not_a_currency", "/minor_exponent out_of_range", "/name required",
                    "/zone not_a_string",
                ])
        }
    }

    @Test func `a zone that PostgreSQL does not know is refused`() async throws {
        try await TestMarket.run { market in
            let reply = try await market.post(
                "/v1/retailers", as: market.platform, ["name": "A", "currency": "RUB", "zone": "Europe/Nowhere"])

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["pointer"] == "/zone")
            #expect(reply.json["errors"][0]["code"] == "unknown_zone")
        }
    }

    @Test func `another retailer's key and a missing key see nothing`() async throws {
        try await TestMarket.run { market in
            let (own, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let admin = try await market.key(of: other, .admin)

            let foreign = try await market.get("/v1/retailers/\(own)", as: admin)
            let nobody = try await market.get("/v1/retailers/\(own)", as: nil)

            #expect(foreign.status == 404)
            #expect(nobody.status == 401)
            #expect(nobody.header("www-authenticate") == "Bearer")
        }
    }

    @Test func `a retried creation with the same key is one retailer, another body under that key is refused`() async throws {
        try await TestMarket.run { market in
            let body: JSONValue = ["name": "A", "currency": "RUB", "zone": "Europe/Moscow"]
            let key = "create-\(market.clock.world.random())"
            let first = try await market.post("/v1/retailers", as: market.platform, body, headers: [("Idempotency-Key", key)])
            let again = try await market.post("/v1/retailers", as: market.platform, body, headers: [("Idempotency-Key", key)])
            let other = try await market.post(
                "/v1/retailers", as: market.platform, ["name": "B", "currency": "RUB", "zone": "Europe/Moscow"],
                headers: [("Idempotency-Key", key)])

            #expect(again.status == 201)
            #expect(again.json == first.json)
            #expect(again.header("idempotent-replayed") == "true")
            #expect(other.status == 422)
            #expect(other.json["code"] == "idempotency_key_reused")
        }
    }

    @Test func `the list comes in pages`() async throws {
        try await TestMarket.run(on: try await TestDatabase.clone()) { market in
            var made: [String] = []
            for _ in 0..<5 { made.append("\(try await market.makeRetailer())") }

            var seen: [String] = []
            var path = "/v1/retailers?limit=2"
            while true {
                let page = try await market.get(path, as: market.platform).json
                seen += page["data"].elements.compactMap { $0["id"].string }
                guard let cursor = page["next_cursor"].string else { break }
                path = "/v1/retailers?limit=2&cursor=\(cursor)"
            }

            #expect(Set(seen) == Set(made))
            #expect(seen.count == 5)
            await market.database.close()
        }
    }
}
