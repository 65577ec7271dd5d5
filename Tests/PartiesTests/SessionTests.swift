import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct SessionTests {
    private func bearer(_ opened: TestClient.Reply) -> [(String, String)] {
        [("Authorization", "Bearer \(opened.json["token"].string ?? "")")]
    }

    @Test func `a person's key becomes a session of some roles for some minutes, which the audit tells apart`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .admin, .treasurer)
            let key = try await market.key(of: retailer, .admin, .treasurer, person: person)
            let sessions = "/v1/retailers/\(retailer)/sessions"

            let opened = try await market.post(sessions, as: key, ["roles": ["admin"], "seconds": 600])
            let edited = try await market.patch(
                "/v1/retailers/\(retailer)/policy", as: nil, ["privacy_floor": 80],
                headers: bearer(opened) + [("If-Match", "*")])
            let notItsRole = try await market.post(
                "/v1/retailers/\(retailer)/statements/statement_\("\(retailer)".dropFirst(9))/seal", as: nil,
                headers: bearer(opened) + [("Idempotency-Key", "k")])
            let audit = try await market.get("/v1/retailers/\(retailer)/audit?action=policy.edited", as: key)
            let signedOut = try await market.post(sessions, as: key)
            let ended = try await market.delete("\(sessions)/\(signedOut.json["id"].string ?? "")", as: key)
            let open = try await market.get(sessions, as: key)
            market.clock.advance(seconds: 600)
            let late = try await market.get("/v1/retailers/\(retailer)", as: nil, headers: bearer(opened))

            #expect(opened.status == 201)
            #expect(opened.json["roles"] == ["admin"])
            #expect(opened.json["key_id"] == .string("\(key.id)"))
            #expect(opened.json["person_id"] == .string("\(person)"))
            #expect(opened.json["expires_at"] == "2026-03-02T12:10:00Z")
            #expect(edited.status == 200)
            #expect(notItsRole.json["code"] == "role_not_allowed")
            #expect(audit.json["data"][0]["person_id"] == .string("\(person)"))
            #expect(audit.json["data"][0]["key_id"] == .string("\(key.id)"))
            #expect(audit.json["data"][0]["session_id"] == opened.json["id"])
            #expect(ended.status == 204)
            #expect(open.json["data"].elements.map { $0["id"] } == [opened.json["id"]])
            #expect(late.status == 401)
        }
    }

    @Test func `a service opens none, a session opens none, and nobody gets a role that the key has not`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .treasurer)
            let key = try await market.key(of: retailer, .treasurer, person: person)
            let sessions = "/v1/retailers/\(retailer)/sessions"
            let opened = try await market.post(sessions, as: key)

            let byService = try await market.post(sessions, as: try await market.key(of: retailer, .admin))
            let bySession = try await market.post(sessions, as: nil, headers: bearer(opened))
            let notHeld = try await market.post(sessions, as: key, ["roles": ["approver"]])
            let tooLong = try await market.post(sessions, as: key, ["seconds": 43_201])

            #expect(opened.json["expires_at"] == "2026-03-02T12:15:00Z")
            #expect((byService.status, byService.json["code"]) == (403, "person_needed"))
            #expect((bySession.status, bySession.json["code"]) == (403, "session_not_enough"))
            #expect(notHeld.json["errors"][0]["code"] == "role_not_held")
            #expect(tooLong.json["errors"][0]["pointer"] == "/seconds")
        }
    }

    @Test func `a session makes nothing that outlives it`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let boss = try await market.makePerson(of: retailer, .admin, .treasurer)
            let key = try await market.key(of: retailer, .admin, person: boss)
            let service = try await market.key(of: retailer, .till)
            let home = "/v1/retailers/\(retailer)"
            let opened = try await market.post("\(home)/sessions", as: key)

            let tried = [
                try await market.post("\(home)/keys", as: nil, ["name": "x", "roles": ["admin"]], headers: bearer(opened)),
                try await market.post("\(home)/keys/\(service.id)/rotate", as: nil, headers: bearer(opened)),
                try await market.post(
                    "\(home)/invitations", as: nil, ["display_name": "Bob", "roles": ["approver"]], headers: bearer(opened)),
            ]
            let byKey = try await market.post("\(home)/invitations", as: key, ["display_name": "Bob", "roles": ["approver"]])

            #expect(tried.map(\.status) == [403, 403, 403])
            #expect(Set(tried.map { $0.json["code"] }) == ["session_not_enough"])
            #expect(byKey.status == 201)
        }
    }

    @Test func `a session ends by signing out, by an admin, with its key and with its person's role`() async throws {
        try await TestMarket.run { market in
            let supplier = try await market.makeSupplier()
            let (boss, seller) = (
                try await market.makePerson(of: supplier, .admin), try await market.makePerson(of: supplier, .marketer)
            )
            let admin = try await market.key(of: supplier, .admin, person: boss)
            let key = try await market.key(of: supplier, .marketer, person: seller)
            let home = "/v1/suppliers/\(supplier)"
            var opened: [TestClient.Reply] = []
            for _ in 0..<4 { opened.append(try await market.post("\(home)/sessions", as: key)) }
            let admins = try await market.post("\(home)/sessions", as: admin)
            let works = { (reply: TestClient.Reply) in try await market.get(home, as: nil, headers: bearer(reply)).status }
            let path = { (reply: TestClient.Reply) in "\(home)/sessions/\(reply.json["id"].string ?? "")" }

            let own = try await market.get("\(home)/sessions", as: key)
            let all = try await market.get("\(home)/sessions", as: admin)
            let signedOut = try await market.delete(path(opened[0]), as: nil, headers: bearer(opened[0]))
            let byAdmin = try await market.delete(path(opened[1]), as: admin)
            let notHers = try await market.delete(path(admins), as: key)
            let first = [try await works(opened[0]), try await works(opened[1]), try await works(opened[2])]
            _ = try await market.delete("\(home)/persons/\(seller)", as: market.platform)
            let second = [try await works(opened[2]), try await works(opened[3]), try await works(admins)]

            #expect(own.json["data"].elements.count == 4)
            #expect(all.json["data"].elements.count == 5)
            #expect([signedOut.status, byAdmin.status, notHers.status] == [204, 204, 404])
            #expect(first == [401, 401, 200])
            #expect(second == [401, 401, 200])
        }
    }

    @Test func `a key has so many sessions at once and no more, also when 32 are asked for at once`() async throws {
        try await TestMarket.run { market in
            let person = try await market.makePerson()
            _ = try await market.put("/v1/platform/persons/\(person)", as: market.platform, [:])
            let key = try await market.key(.platform, person: person)

            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<32 { group.addTask { try await market.post("/v1/platform/sessions", as: key).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            let listed = try await market.get("/v1/platform/sessions?limit=1000", as: key)
            let one = listed.json["data"].elements.first { $0["person_id"] == .string("\(person)") }
            let ended = try await market.delete("/v1/platform/sessions/\(one?["id"].string ?? "")", as: key)
            market.clock.advance(seconds: WorkSession.secondsUsual)
            let later = try await market.post("/v1/platform/sessions", as: key)

            #expect(statuses.filter { $0 == 201 }.count == WorkSession.openMax)
            #expect(statuses.filter { $0 == 409 }.count == 32 - WorkSession.openMax)
            #expect(ended.status == 204)
            #expect(later.status == 201)
        }
    }
}
