import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct PersonTests {
    @Test func `a person holds roles in several organisations, and each admin sees its own people`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let created = try await market.post(
                "/v1/persons", as: market.platform, ["display_name": "Анна", "external_id": "hr-7"])
            let person: PersonID = try created.id()
            let atRetailer = try await market.put(
                "/v1/retailers/\(retailer)/persons/\(person)", as: market.platform, ["roles": ["treasurer", "admin"]])
            _ = try await market.put(
                "/v1/suppliers/\(supplier)/persons/\(person)", as: market.platform, ["roles": ["marketer"]])

            let ownList = try await market.get(
                "/v1/retailers/\(retailer)/persons", as: try await market.key(of: retailer, .admin))
            let suppliersList = try await market.get(
                "/v1/suppliers/\(supplier)/persons", as: try await market.key(of: supplier, .admin))
            let whole = try await market.get("/v1/persons/\(person)", as: market.platform)

            let shown: JSONValue = [
                "id": .string("\(person)"), "display_name": "Анна", "external_id": "hr-7", "created_at": "2026-03-02T12:00:00Z",
            ]
            let membership: JSONValue = [
                "person": shown, "organisation": ["kind": "retailer", "id": .string("\(retailer)")],
                "roles": ["admin", "treasurer"], "created_at": "2026-03-02T12:00:00Z", "ended_at": nil,
            ]
            #expect(created.status == 201)
            #expect(created.json == shown)
            #expect(atRetailer.json == membership)
            #expect(ownList.json["data"] == .array([membership]))
            #expect(suppliersList.json["data"].elements.map { $0["roles"] } == [["marketer"]])
            #expect(whole.json["memberships"].elements.count == 2)
        }
    }

    @Test func `a person's key carries only roles that the person holds there`() async throws {
        try await TestMarket.run { market in
            let (retailer, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let person = try await market.makePerson(of: retailer, .treasurer)
            let stranger = try await market.makePerson(of: other, .treasurer)
            let admin = try await market.key(of: retailer, .admin)
            let issue = { (person: PersonID, role: JSONValue) in
                try await market.post(
                    "/v1/retailers/\(retailer)/keys", as: admin,
                    ["name": "k", "roles": [role], "person_id": .string("\(person)")])
            }

            let held = try await issue(person, "treasurer")
            let notHeld = try await issue(person, "approver")
            let foreign = try await issue(stranger, "treasurer")

            #expect(held.status == 201)
            #expect(held.json["person_id"] == .string("\(person)"))
            #expect(notHeld.json["errors"][0]["code"] == "role_not_held")
            #expect(foreign.json["errors"][0]["code"] == "not_a_member")
        }
    }

    @Test func `who leaves, or loses a role, loses the keys that carried it at once`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .treasurer, .analyst)
            let (treasurer, analyst) = (
                try await market.key(of: retailer, .treasurer, person: person),
                try await market.key(of: retailer, .analyst, person: person)
            )
            let path = "/v1/retailers/\(retailer)/persons/\(person)"
            let status = { (key: KeyToken) in try await market.get("/v1/retailers/\(retailer)", as: key).status }

            let before = [try await status(treasurer), try await status(analyst)]
            _ = try await market.put(path, as: market.platform, ["roles": ["analyst"]])
            let reduced = [try await status(treasurer), try await status(analyst)]
            let ended = try await market.delete(path, as: market.platform)
            let after = [try await status(treasurer), try await status(analyst)]
            let again = try await market.delete(path, as: market.platform)

            #expect(before == [200, 200])
            #expect(reduced == [401, 200])
            #expect(ended.json["ended_at"] == "2026-03-02T12:00:00Z")
            #expect(after == [401, 401])
            #expect(again.json == ended.json)
        }
    }

    @Test func `only the platform gives roles, and nobody joins what is not there`() async throws {
        try await TestMarket.run { market in
            let (retailer, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let person = try await market.makePerson()
            let nowhere: SupplierID = market.clock.world.newID()
            let (admin, foreign) = (try await market.key(of: retailer, .admin), try await market.key(of: other, .admin))
            let path = "/v1/retailers/\(retailer)/persons"

            let byAdmin = try await market.put("\(path)/\(person)", as: admin, ["roles": ["admin"]])
            let ghost = try await market.put(
                "/v1/suppliers/\(nowhere)/persons/\(person)", as: market.platform, ["roles": ["admin"]])
            let noRoles = try await market.put("\(path)/\(person)", as: market.platform, ["roles": []])
            let neverThere = try await market.delete("\(path)/\(person)", as: market.platform)
            let foreignList = try await market.get(path, as: foreign)
            let allPersons = try await market.get("/v1/persons", as: admin)

            #expect(byAdmin.status == 403)
            #expect(ghost.status == 404)
            #expect(noRoles.json["errors"][0]["pointer"] == "/roles")
            #expect(neverThere.status == 404)
            #expect(foreignList.status == 404)
            #expect(allPersons.status == 403)
        }
    }
}
