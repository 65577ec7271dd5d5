import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// What the platform's administrator lists.
@Suite struct PlatformListTests {
    @Test func `suppliers are listed, and a supplier reads itself alone`() async throws {
        try await TestMarket.run(on: try await TestDatabase.clone()) { market in
            let (own, other) = (try await market.makeSupplier(), try await market.makeSupplier())
            let key = try await market.key(of: own, .analyst)

            let listed = try await market.get("/v1/suppliers", as: market.platform)
            let read = try await market.get("/v1/suppliers/\(own)", as: key)
            let foreign = try await market.get("/v1/suppliers/\(other)", as: key)

            #expect(Set(listed.json["data"].elements.map { $0["id"] }) == [.string("\(own)"), .string("\(other)")])
            #expect(read.json == listed.json["data"].elements.first { $0["id"] == .string("\(own)") })
            #expect(foreign.status == 404)
            await market.database.close()
        }
    }

    @Test func `persons are listed once, whatever they serve`() async throws {
        try await TestMarket.run(on: try await TestDatabase.clone()) { market in
            let retailer = try await market.makeRetailer()
            let people = [try await market.makePerson(of: retailer, .admin), try await market.makePerson("Boris")]

            let listed = try await market.get("/v1/persons", as: market.platform)

            #expect(Set(listed.json["data"].elements.map { $0["id"] }) == Set(people.map { .string("\($0)") }))
            #expect(listed.json["data"].elements.count == 2)
            await market.database.close()
        }
    }

    @Test func `the platform's keys are listed without their secrets and revoked`() async throws {
        try await TestMarket.run(on: try await TestDatabase.clone()) { market in
            let issued = try await market.post("/v1/platform/keys", as: market.platform, ["name": "second"])
            let token = try #require(issued.json["token"].string)
            let key = try #require(KeyToken(token, in: .test))

            let listed = try await market.get("/v1/platform/keys", as: key)
            let revoked = try await market.delete("/v1/platform/keys/\(key.id)", as: market.platform)
            let after = try await market.get("/v1/platform/keys", as: key)

            #expect(listed.json["data"].elements.contains { $0["id"] == .string("\(key.id)") })
            #expect(!listed.text.contains(token))
            #expect(revoked.status == 204)
            #expect(after.status == 401)
            await market.database.close()
        }
    }
}
