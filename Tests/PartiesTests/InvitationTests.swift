import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct InvitationTests {
    /// A retailer with an admin who is a person.
    private struct House {
        let retailer: RetailerID
        let boss: PersonID
        let admin: KeyToken
        var path: String { "/v1/retailers/\(retailer)/invitations" }

        init(_ market: TestMarket) async throws {
            retailer = try await market.makeRetailer()
            boss = try await market.makePerson(of: retailer, .admin)
            admin = try await market.key(of: retailer, .admin, person: boss)
        }
    }

    private func accept(_ invited: TestClient.Reply, in market: TestMarket, key: JSONValue = nil) async throws -> TestClient.Reply
    {
        try await market.post("/v1/invitations/accept", as: nil, ["token": invited.json["token"], "key": key])
    }

    @Test func `nobody is invited who is not there`() async throws {
        try await TestMarket.run { market in
            let house = try await House(market)

            let reply = try await market.post(
                house.path, as: house.admin,
                [
                    "display_name": "Nobody", "roles": ["treasurer"],
                    "person_id": .string("\(PersonID(Identifier(high: 1, low: 1)))"),
                ])

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["pointer"] == "/person_id")
            #expect(reply.json["errors"][0]["code"] == "unknown_person")
        }
    }

    @Test func `whoever is invited becomes a person with a key of its own, and the audit names who invited and who came`()
        async throws
    {
        try await TestMarket.run { market in
            let house = try await House(market)
            market.clock.advance(seconds: 1)

            let invited = try await market.post(
                house.path, as: house.admin, ["display_name": "Боб", "roles": ["treasurer"], "reason": "New treasurer"])
            let listed = try await market.get("\(house.path)?open=true", as: house.admin)
            let accepted = try await accept(invited, in: market)
            let again = try await accept(invited, in: market)
            let afterwards = try await market.get("\(house.path)?open=true", as: house.admin)
            let closed = try await market.get("\(house.path)?open=false", as: house.admin)
            let key = try #require(KeyToken(accepted.json["key"]["token"].string ?? "", in: .test))
            let works = try await market.get("/v1/retailers/\(house.retailer)", as: key)
            let audit = try await market.get("/v1/retailers/\(house.retailer)/audit?limit=5", as: house.admin)

            let person = accepted.json["membership"]["person"]["id"]
            #expect(invited.status == 201)
            #expect(listed.json["data"].elements.map { $0["id"] } == [invited.json["id"]])
            #expect(!listed.text.contains("token"))
            #expect(accepted.status == 201)
            #expect(accepted.json["membership"]["person"]["display_name"] == "Боб")
            #expect(accepted.json["membership"]["roles"] == ["treasurer"])
            #expect(accepted.json["key"]["person_id"] == person)
            #expect(accepted.json["key"]["expires_at"] == "2027-03-03T12:00:01Z")
            #expect((again.status, again.json["code"]) == (409, "invitation_accepted"))
            #expect(afterwards.json["data"].elements.isEmpty)
            #expect(closed.json["data"][0]["accepted_by"] == person)
            #expect(works.status == 200)
            let entries = audit.json["data"].elements
            #expect(
                Set(entries.compactMap { $0["action"].string }) == [
                    "key.issued", "membership.given", "person.created", "invitation.accepted", "invitation.created",
                ])
            let created = entries.first { $0["action"] == "invitation.created" }
            #expect(created?["person_id"] == .string("\(house.boss)"))
            #expect(created?["reason"] == "New treasurer")
            #expect(entries.filter { $0["action"] != "invitation.created" }.allSatisfy { $0["person_id"] == person })
            #expect(!audit.text.contains("twi_"))
        }
    }

    @Test func `of 32 who accept the same invitation one comes in`() async throws {
        try await TestMarket.run { market in
            let house = try await House(market)
            let invited = try await market.post(house.path, as: house.admin, ["display_name": "Eve", "roles": ["approver"]])

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await accept(invited, in: market).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            let people = try await market.get("/v1/retailers/\(house.retailer)/persons", as: house.admin)

            #expect(statuses.filter { $0 == 201 }.count == 1)
            #expect(statuses.filter { $0 == 409 }.count == 31)
            #expect(people.json["data"].elements.count == 2)
        }
    }

    @Test func `an invitation that expired, was revoked, or is for another environment lets nobody in`() async throws {
        try await TestMarket.run { market in
            let house = try await House(market)
            let invite = { () in
                try await market.post(
                    house.path, as: house.admin, ["display_name": "Eve", "roles": ["approver"], "valid_hours": 1])
            }
            let (late, revoked, open) = (try await invite(), try await invite(), try await invite())
            let removed = try await market.delete("\(house.path)/\(revoked.json["id"].string ?? "")", as: house.admin)
            let removedAgain = try await market.delete("\(house.path)/\(revoked.json["id"].string ?? "")", as: house.admin)
            let token = open.json["token"].string ?? ""
            let wrong = String(token.dropLast(8)) + "AAAAAAAA"

            let refused = [
                try await accept(revoked, in: market),
                try await market.post("/v1/invitations/accept", as: nil, ["token": .string(wrong)]),
                try await market.post(
                    "/v1/invitations/accept", as: nil, ["token": .string(token.replacing("_test_", with: "_live_"))]),
                try await market.post("/v1/invitations/accept", as: nil, ["token": "x"]),
            ]
            market.clock.advance(seconds: 3600)
            let expired = try await accept(late, in: market)

            #expect([removed.status, removedAgain.status] == [204, 204])
            #expect(refused.map(\.status) == [409, 404, 404, 404])
            #expect(refused[0].json["code"] == "invitation_ended")
            #expect((expired.status, expired.json["code"]) == (409, "invitation_ended"))
        }
    }

    @Test func `a person who shows its key works for one organisation more and stays one person`() async throws {
        try await TestMarket.run { market in
            let house = try await House(market)
            let supplier = try await market.makeSupplier()
            let seller = try await market.makePerson(of: supplier, .marketer)
            let sellers = try await market.key(of: supplier, .marketer, person: seller)
            let service = try await market.key(of: supplier, .analyst)
            let invite = { (person: JSONValue) in
                try await market.post(
                    house.path, as: house.admin, ["display_name": "Sam", "roles": ["analyst"], "person_id": person])
            }
            let (free, bound) = (try await invite(nil), try await invite(.string("\(seller)")))

            let byService = try await accept(free, in: market, key: .string(service.text))
            let unproven = try await accept(bound, in: market)
            let proven = try await accept(bound, in: market, key: .string(sellers.text))
            let second = try await accept(free, in: market, key: .string(sellers.text))
            let whole = try await market.get("/v1/persons/\(seller)", as: market.platform)

            #expect(byService.json["errors"][0]["code"] == "not_a_persons_key")
            #expect((unproven.status, unproven.json["code"]) == (403, "another_persons_invitation"))
            #expect(proven.json["membership"]["person"]["id"] == .string("\(seller)"))
            #expect(second.json["membership"]["roles"] == ["analyst"])
            #expect(whole.json["memberships"].elements.count == 2)
        }
    }

    @Test func `only a person who is an admin invites, and what it asked ends when it leaves`() async throws {
        try await TestMarket.run { market in
            let house = try await House(market)
            let service = try await market.key(of: house.retailer, .admin)
            let treasurer = try await market.makePerson(of: house.retailer, .treasurer)
            let body: JSONValue = ["display_name": "Eve", "roles": ["approver"]]
            let invited = try await market.post(house.path, as: house.admin, body)

            let byService = try await market.post(house.path, as: service, body)
            let byTreasurer = try await market.post(
                house.path, as: try await market.key(of: house.retailer, .treasurer, person: treasurer), body)
            _ = try await market.delete("/v1/retailers/\(house.retailer)/persons/\(house.boss)", as: market.platform)
            let late = try await accept(invited, in: market)

            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect(byTreasurer.json["code"] == "role_not_allowed")
            #expect((late.status, late.json["code"]) == (409, "invitation_ended"))
        }
    }

    @Test func `suppliers and the platform invite their own`() async throws {
        try await TestMarket.run { market in
            let supplier = try await market.makeSupplier()
            let seller = try await market.makePerson(of: supplier, .admin)
            let founder = try await market.makePerson()
            _ = try await market.put("/v1/platform/persons/\(founder)", as: market.platform, [:])
            let admins: [(String, KeyToken, JSONValue)] = [
                (
                    "/v1/suppliers/\(supplier)", try await market.key(of: supplier, .admin, person: seller),
                    ["display_name": "Max", "roles": ["marketer"]]
                ),
                ("/v1/platform", try await market.key(.platform, person: founder), ["display_name": "Kim"]),
            ]
            for (home, admin, body) in admins {
                let invited = try await market.post("\(home)/invitations", as: admin, body)
                let dropped = try await market.post("\(home)/invitations", as: admin, body)
                let revoked = try await market.delete("\(home)/invitations/\(dropped.json["id"].string ?? "")", as: admin)
                let listed = try await market.get("\(home)/invitations?limit=1", as: admin)
                let accepted = try await accept(invited, in: market)
                let audit = try await market.get(
                    "\(home)/audit?subject_kind=invitation&subject_id=\(invited.json["id"].string ?? "")", as: admin)

                #expect([invited.status, revoked.status, listed.status, accepted.status] == [201, 204, 200, 201], "\(home)")
                #expect(audit.json["data"].elements.contains { $0["subject_id"] == invited.json["id"] }, "\(home)")
            }
        }
    }
}
