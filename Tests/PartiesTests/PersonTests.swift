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
            let issue = { (person: PersonID, role: JSONValue) in
                try await market.post(
                    "/v1/retailers/\(retailer)/keys", as: market.platform,
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

    @Test func `an admin issues keys for services and for itself, never in a colleague's name`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let boss = try await market.makePerson(of: retailer, .admin, .treasurer)
            let colleague = try await market.makePerson(of: retailer, .treasurer)
            let admin = try await market.key(of: retailer, .admin, person: boss)
            let issue = { (more: [String: JSONValue]) in
                let body: [String: JSONValue] = ["name": "k", "roles": ["treasurer"]]
                return try await market.post(
                    "/v1/retailers/\(retailer)/keys", as: admin, .object(body.merging(more) { $1 }))
            }

            let service = try await issue([:])
            let own = try await issue(["person_id": .string("\(boss)")])
            let others = try await issue(["person_id": .string("\(colleague)")])

            #expect([service.status, own.status, others.status] == [201, 201, 403])
            #expect(others.json["code"] == "another_persons_key")
        }
    }

    @Test func `whoever leaves while keys are issued in its name keeps none`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .treasurer)
            let (keys, path) = ("/v1/retailers/\(retailer)/keys", "/v1/retailers/\(retailer)/persons/\(person)")

            try await withThrowingTaskGroup(of: Void.self) { group in
                for racer in 0..<32 {
                    group.addTask {
                        if racer == 16 {
                            _ = try await market.delete(path, as: market.platform)
                        } else {
                            _ = try await market.post(
                                keys, as: market.platform,
                                ["name": "k", "roles": ["treasurer"], "person_id": .string("\(person)")])
                        }
                    }
                }
                try await group.waitForAll()
            }

            let listed = try await market.get(keys, as: market.platform).json["data"].elements
            #expect(listed.allSatisfy { $0["revoked_at"].string != nil })
            #expect(try await market.delete(path, as: market.platform).json["ended_at"].string != nil)
        }
    }

    @Test func `the platform and each organisation keep their own people and keys`() async throws {
        try await TestMarket.run { market in
            let (supplier, rival) = (try await market.makeSupplier(), try await market.makeSupplier())
            let person = try await market.makePerson(of: supplier, .admin)
            let admin = try await market.key(of: supplier, .admin, person: person)
            let rivals = try await market.key(of: rival, .admin)
            let base = "/v1/suppliers/\(supplier)"

            let joined = try await market.put("/v1/platform/persons/\(person)", as: market.platform, [:])
            let platformPeople = try await market.get("/v1/platform/persons?limit=1000", as: market.platform)
            let platformKey = try await market.post(
                "/v1/platform/keys", as: market.platform, ["name": "k", "person_id": .string("\(person)")])
            let left = try await market.delete("/v1/platform/persons/\(person)", as: market.platform)
            let dead = KeyToken(platformKey.json["token"].string ?? "", in: .test)
            let afterwards = try await market.get("/v1/suppliers?limit=1", as: dead)
            let issued = try await market.post("\(base)/keys", as: admin, ["name": "k", "roles": ["analyst"]])
            let listed = try await market.get("\(base)/keys", as: admin)
            let foreign = [
                try await market.get(base, as: rivals), try await market.get("\(base)/keys", as: rivals),
                try await market.get("\(base)/persons", as: rivals),
                try await market.post("\(base)/keys", as: rivals, ["name": "k", "roles": ["admin"]]),
                try await market.delete("\(base)/keys/\(admin.id)", as: rivals),
                try await market.delete("/v1/suppliers/\(rival)/keys/\(admin.id)", as: rivals),
            ]
            let revoked = try await market.delete("\(base)/keys/\(issued.json["id"].string ?? "")", as: admin)
            let ended = try await market.delete("\(base)/persons/\(person)", as: market.platform)
            let gone = try await market.get(base, as: admin)

            #expect(joined.json["organisation"] == ["kind": "platform", "id": nil])
            #expect(joined.json["roles"] == ["admin"])
            #expect(platformPeople.json["data"].elements.contains { $0["person"]["id"] == .string("\(person)") })
            #expect(platformKey.status == 201)
            #expect(left.status == 200)
            #expect(afterwards.status == 401)
            #expect(issued.status == 201)
            #expect(listed.json["data"].elements.count == 2)
            #expect(foreign.map(\.status) == [404, 404, 404, 404, 404, 404])
            #expect(revoked.status == 204)
            #expect(ended.status == 200)
            #expect(gone.status == 401)
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
