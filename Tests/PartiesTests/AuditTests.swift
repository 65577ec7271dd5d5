import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct AuditTests {
    @Test func `the audit says who changed what and why, newest first, in pages and by filter`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            let person = try await market.makePerson(of: retailer, .admin)
            let admin = try await market.key(of: retailer, .admin, person: person)
            let id = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            market.clock.advance(seconds: 1)
            _ = try await market.post(
                "/v1/retailers/\(retailer)/agreements/\(id)/suspend", as: admin, ["reason": "Unpaid statement"])
            market.clock.advance(seconds: 1)
            _ = try await market.patch(
                "/v1/retailers/\(retailer)/policy", as: admin, ["privacy_floor": 80], headers: [("If-Match", "*")])
            let path = "/v1/retailers/\(retailer)/audit"

            let byPerson = try await market.get("\(path)?person_id=\(person)", as: admin)
            let ofAgreement = try await market.get("\(path)?subject_kind=agreement&subject_id=\(id)", as: admin)
            let byAction = try await market.get("\(path)?action=agreement.suspended", as: market.platform)
            let half = try await market.get("\(path)?subject_id=x", as: admin)
            let first = try await market.get("\(path)?limit=1&person_id=\(person)", as: admin)
            let second = try await market.get(
                "\(path)?limit=1&person_id=\(person)&cursor=\(first.json["next_cursor"].string ?? "")", as: admin)

            let actions = { (reply: TestClient.Reply) in reply.json["data"].elements.compactMap { $0["action"].string } }
            #expect(actions(byPerson) == ["policy.edited", "agreement.suspended"])
            #expect(
                Set(actions(ofAgreement)) == [
                    "agreement.created", "agreement.signed", "agreement.activated", "agreement.suspended",
                ])
            let suspension = byAction.json["data"][0]
            #expect(byAction.json["data"].elements.count == 1)
            #expect(suspension["person_id"] == .string("\(person)"))
            #expect(suspension["key_id"] == .string("\(admin.id)"))
            #expect(suspension["organisation"] == ["kind": "retailer", "id": .string("\(retailer)")])
            #expect(suspension["reason"] == "Unpaid statement")
            #expect(suspension["before"]["state"] == "active")
            #expect(suspension["after"]["state"] == "suspended")
            #expect(half.json["errors"][0]["pointer"] == "?subject_kind")
            #expect(actions(first) == ["policy.edited"])
            #expect(actions(second) == ["agreement.suspended"])
            #expect(second.json["next_cursor"] == .null)
        }
    }

    @Test func `a supplier's admin sees what its own people did, nobody else's`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let (own, rival) = (try await market.makeSupplier(), try await market.makeSupplier())
            for supplier in [own, rival] {
                _ = try await market.makeAgreement(retailer: retailer, supplier: supplier)
                let entry = Identifier(at: market.clock.now, random: (market.clock.world.random(), 0))
                try await market.database.transaction(as: .supplier(supplier, at: retailer)) { tx in
                    _ = try tx.execute(
                        """
                        INSERT INTO audit_entry (
                            retailer_id, entry_id, occurred_at, organisation_kind, organisation_id, supplier_id, key_id,
                            request_id, action, subject_kind, subject_id
                        )
                        VALUES (
                            \(retailer), \(entry), now(), 'supplier', \(supplier), \(supplier), \(market.platform.id), 'test',
                            'thing.done', 'supplier', \("\(supplier)")
                        )
                        """)
                }
            }
            let path = "/v1/retailers/\(retailer)/audit"

            let suppliers = try await market.get(path, as: try await market.key(of: own, .admin))
            let marketer = try await market.get(path, as: try await market.key(of: own, .marketer))
            let retailers = try await market.get("\(path)?action=thing.done", as: try await market.key(of: retailer, .admin))
            let foreign = try await market.get(path, as: try await market.key(of: try await market.makeRetailer(), .admin))

            #expect(suppliers.json["data"].elements.map { $0["subject_id"] } == [.string("\(own)")])
            #expect(marketer.status == 403)
            #expect(retailers.json["data"].elements.count == 2)
            #expect(foreign.status == 404)
        }
    }
}
