import HTTPTypes
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct KeyTests {
    @Test func `a key works until it is revoked, and its token is shown once`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)

            let issued = try await market.post(
                "/v1/retailers/\(retailer)/keys", as: admin, ["name": "till 1", "roles": ["till"], "store_ids": ["s1"]])
            let token = try #require(issued.json["token"].string)
            let key = try #require(KeyToken(token, in: .test))
            let before = try await market.get("/v1/retailers/\(retailer)", as: key)
            let listed = try await market.get("/v1/retailers/\(retailer)/keys", as: admin)
            let revoked = try await market.delete("/v1/retailers/\(retailer)/keys/\(key.id)", as: admin)
            let after = try await market.get("/v1/retailers/\(retailer)", as: key)

            #expect(issued.status == 201)
            #expect(before.status == 200)
            #expect(!listed.text.contains(token))
            #expect(listed.json["data"].elements.first { $0["id"] == .string("\(key.id)") }?["store_ids"] == ["s1"])
            #expect(revoked.status == 204)
            #expect(after.status == 401)
        }
    }

    @Test func `an expired key opens nothing`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)
            let issued = try await market.post(
                "/v1/retailers/\(retailer)/keys", as: admin,
                ["name": "short", "roles": ["app"], "expires_at": "2026-03-02T13:00:00Z"])
            let key = try #require(KeyToken(issued.json["token"].string ?? "", in: .test))

            let before = try await market.get("/v1/retailers/\(retailer)", as: key)
            market.clock.advance(seconds: 3600)
            let after = try await market.get("/v1/retailers/\(retailer)", as: key)

            #expect(before.status == 200)
            #expect(after.status == 401)
        }
    }

    @Test func `only an admin issues keys, and a role of another kind of organisation is refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (admin, till) = (try await market.key(of: retailer, .admin), try await market.key(of: retailer, .till))

            let byTill = try await market.post("/v1/retailers/\(retailer)/keys", as: till, ["name": "x", "roles": ["till"]])
            let wrongRole = try await market.post("/v1/retailers/\(retailer)/keys", as: admin, ["name": "x", "roles": ["king"]])

            #expect(byTill.status == 403)
            #expect(byTill.json["code"] == "role_not_allowed")
            #expect(wrongRole.status == 422)
        }
    }

    @Test func `a token with one character changed is refused`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let key = try await market.key(of: retailer, .admin)
            var characters = Array(key.text)
            characters[characters.count - 5] = characters[characters.count - 5] == "A" ? "B" : "A"

            let reply = try await market.client.send(
                .get, "/v1/retailers/\(retailer)", headers: [("Authorization", "Bearer \(String(characters))")])

            #expect(reply.status == 401)
        }
    }
}
