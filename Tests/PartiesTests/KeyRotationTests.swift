import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@Suite struct KeyRotationTests {
    @Test func `a rotated key stays for the overlap that was asked for, and its successor is its like`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)
            let keys = "/v1/retailers/\(retailer)/keys"
            let issued = try await market.post(
                keys, as: admin,
                [
                    "name": "till 1", "roles": ["till"], "store_ids": ["s1"], "expires_at": "2026-03-12T12:00:00Z",
                ])
            let old = try #require(KeyToken(issued.json["token"].string ?? "", in: .test))
            market.clock.advance(seconds: 86_400)

            let rotated = try await market.post("\(keys)/\(old.id)/rotate", as: admin, ["overlap_seconds": 3600])
            let new = try #require(KeyToken(rotated.json["token"].string ?? "", in: .test))
            let during = try await market.get("/v1/retailers/\(retailer)", as: old)
            let listed = try await market.get(keys, as: admin)
            market.clock.advance(seconds: 3600)
            let afterwards = try await market.get("/v1/retailers/\(retailer)", as: old)
            let successor = try await market.get("/v1/retailers/\(retailer)", as: new)

            let shown = listed.json["data"].elements.first { $0["id"] == .string("\(old.id)") }
            #expect(rotated.status == 201)
            #expect(rotated.json["expires_at"] == "2026-03-13T12:00:00Z")
            #expect(rotated.json["store_ids"] == ["s1"])
            #expect(rotated.json["roles"] == ["till"])
            #expect(shown?["expires_at"] == "2026-03-03T13:00:00Z")
            #expect(shown?["replaced_by"] == .string("\(new.id)"))
            #expect([during.status, afterwards.status, successor.status] == [200, 401, 200])
        }
    }

    @Test func `without an overlap the old key ends at once, and a key that has ended is not rotated`() async throws {
        try await TestMarket.run { market in
            let supplier = try await market.makeSupplier()
            let admin = try await market.key(of: supplier, .admin)
            let other = try await market.key(of: supplier, .analyst)
            let revoked = try await market.key(of: supplier, .analyst)
            let keys = "/v1/suppliers/\(supplier)/keys"
            _ = try await market.delete("\(keys)/\(revoked.id)", as: admin)

            let rotated = try await market.post("\(keys)/\(other.id)/rotate", as: admin, ["reason": "It was in a chat"])
            let old = try await market.get("/v1/suppliers/\(supplier)", as: other)
            let again = try await market.post("\(keys)/\(other.id)/rotate", as: admin)
            let ended = try await market.post("\(keys)/\(revoked.id)/rotate", as: admin)
            let foreign = try await market.post(
                "/v1/suppliers/\(try await market.makeSupplier())/keys/\(admin.id)/rotate", as: market.platform)
            let audit = try await market.get("/v1/suppliers/\(supplier)/audit?action=key.rotated", as: admin)

            #expect(rotated.status == 201)
            #expect(old.status == 401)
            #expect((again.status, again.json["code"]) == (409, "key_replaced"))
            #expect((ended.status, ended.json["code"]) == (409, "key_ended"))
            #expect(foreign.status == 404)
            #expect(audit.json["data"].elements.count == 1)
            #expect(audit.json["data"][0]["reason"] == "It was in a chat")
            #expect(audit.json["data"][0]["before"]["revoked_at"] == .null)
            #expect(audit.json["data"][0]["after"]["replaced_by"] == rotated.json["id"])
        }
    }

    @Test func `of 32 who rotate one key one gets its successor`() async throws {
        try await TestMarket.run { market in
            let key = try await market.post("/v1/platform/keys", as: market.platform, ["name": "operations"])
            let path = "/v1/platform/keys/\(key.json["id"].string ?? "")/rotate"

            let codes = try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await market.post(path, as: market.platform, ["overlap_seconds": 60]).json["code"] }
                }
                return try await group.reduce(into: [JSONValue]()) { $0.append($1) }
            }

            #expect(codes.filter { $0 == .null }.count == 1)
            #expect(codes.filter { $0 == "key_replaced" }.count == 31)
        }
    }

    @Test func `a colleague does not rotate a person's key, nor does that person's session`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (own, colleague) = (
                try await market.makePerson(of: retailer, .admin), try await market.makePerson(of: retailer, .admin)
            )
            let key = try await market.key(of: retailer, .admin, person: own)
            let colleagues = try await market.key(of: retailer, .admin, person: colleague)
            let session = try await market.post("/v1/retailers/\(retailer)/sessions", as: key)
            let path = "/v1/retailers/\(retailer)/keys"
            let bearer = [("Authorization", "Bearer \(session.json["token"].string ?? "")")]

            let byColleague = try await market.post("\(path)/\(key.id)/rotate", as: colleagues)
            let bySession = try await market.post("\(path)/\(key.id)/rotate", as: nil, headers: bearer)
            let issuedBySession = try await market.post(
                path, as: nil, ["name": "k", "roles": ["admin"], "person_id": .string("\(own)")], headers: bearer)
            let serviceBySession = try await market.post(path, as: nil, ["name": "k", "roles": ["till"]], headers: bearer)
            let bySelf = try await market.post("\(path)/\(key.id)/rotate", as: key)

            #expect((byColleague.status, byColleague.json["code"]) == (403, "another_persons_key"))
            #expect((bySession.status, bySession.json["code"]) == (403, "session_not_enough"))
            #expect((issuedBySession.status, issuedBySession.json["code"]) == (403, "session_not_enough"))
            #expect((serviceBySession.status, serviceBySession.json["code"]) == (403, "session_not_enough"))
            #expect(bySelf.status == 201)
        }
    }

    @Test func `keys are found by state, owner, person and role`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .admin)
            let admin = try await market.key(of: retailer, .admin, person: person)
            let keys = "/v1/retailers/\(retailer)/keys"
            let short = try await market.post(
                keys, as: admin, ["name": "short", "roles": ["till"], "expires_at": "2026-03-02T12:01:00Z"])
            let gone = try await market.post(keys, as: admin, ["name": "gone", "roles": ["app"]])
            let feed = try await market.post(keys, as: admin, ["name": "feed", "roles": ["feed"]])
            _ = try await market.delete("\(keys)/\(gone.json["id"].string ?? "")", as: admin)
            market.clock.advance(seconds: 60)
            let find = { (query: String) in
                Set(try await market.get("\(keys)?\(query)", as: admin).json["data"].elements.compactMap { $0["id"].string })
            }
            let id = { (reply: TestClient.Reply) in reply.json["id"].string ?? "" }

            #expect(try await find("state=active") == ["\(admin.id)", id(feed)])
            #expect(try await find("state=expired") == [id(short)])
            #expect(try await find("state=revoked") == [id(gone)])
            #expect(try await find("owner=person") == ["\(admin.id)"])
            #expect(try await find("owner=service") == [id(short), id(gone), id(feed)])
            #expect(try await find("person_id=\(person)") == ["\(admin.id)"])
            #expect(try await find("role=feed") == [id(feed)])
            #expect(try await market.get("\(keys)?state=old", as: admin).status == 422)
        }
    }

    @Test func `a key ends in the future, a person's within a year, and only tills and apps are bound to stores`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let person = try await market.makePerson(of: retailer, .admin)
            let admin = try await market.key(of: retailer, .admin, person: person)
            let issue = { (more: [String: JSONValue]) in
                let body: [String: JSONValue] = ["name": "k", "roles": ["admin"]]
                return try await market.post(
                    "/v1/retailers/\(retailer)/keys", as: admin, .object(body.merging(more) { $1 }))
            }

            let past = try await issue(["expires_at": "2026-03-02T12:00:00Z"])
            let tooLate = try await issue(["person_id": .string("\(person)"), "expires_at": "2027-03-03T12:00:01Z"])
            let usual = try await issue(["person_id": .string("\(person)")])
            let service = try await issue(["expires_at": "2099-01-01T00:00:00Z"])
            let bound = try await issue(["store_ids": ["s1"]])
            let empty = try await issue(["roles": ["till"], "store_ids": []])

            #expect(past.json["errors"][0]["code"] == "in_the_past")
            #expect(tooLate.json["errors"][0]["code"] == "too_late")
            #expect(usual.json["expires_at"] == "2027-03-03T12:00:00Z")
            #expect(service.status == 201)
            #expect(bound.json["errors"][0]["code"] == "not_for_these_roles")
            #expect(empty.json["errors"][0]["code"] == "bad_length")
        }
    }
}
