import JSONText
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Row-level security attacked directly, past all code: what a session may read and write of agreements, responsible
/// persons, people, audit, keys and policies, with right, wrong, empty and missing settings.
@Suite struct FenceTests {
    /// A retailer with two rival suppliers, each with an agreement, a responsible person, a key and an audit entry.
    private struct Town {
        let retailer: RetailerID
        let (own, rival): (SupplierID, SupplierID)

        init(_ market: TestMarket) async throws {
            retailer = try await market.makeRetailer()
            own = try await market.makeSupplier()
            rival = try await market.makeSupplier()
            let buyer = try await market.makePerson(of: retailer, .approver)
            _ = try await market.key(of: retailer, .admin)
            for supplier in [own, rival] {
                let seller = try await market.makePerson(of: supplier, .admin)
                _ = try await market.key(of: supplier, .admin, person: seller)
                _ = try await market.makeAgreement(
                    retailer: retailer, supplier: supplier,
                    responsible: ["retailer": [.string("\(buyer)")], "supplier": [.string("\(seller)")]])
                let entry = Identifier(at: market.clock.now, random: (market.clock.world.random(), 0))
                let id = retailer
                try await market.database.transaction(as: .supplier(supplier, at: retailer)) { tx in
                    _ = try tx.execute(
                        """
                        INSERT INTO audit_entry (
                            retailer_id, entry_id, occurred_at, organisation_kind, organisation_id, supplier_id, key_id,
                            request_id, action, subject_kind, subject_id
                        )
                        VALUES (\(id), \(entry), now(), 'supplier', \(supplier), \(supplier), \(supplier), 'r', 'a', 's', 'x')
                        """)
                }
            }
        }
    }

    /// Rows that a session sees of each fenced table.
    private struct Sight: Equatable, Sendable {
        var (agreements, responsible, policies, audits, keys, persons): (Int, Int, Int, Int, Int, Int)

        init(_ agreements: Int, _ responsible: Int, _ policies: Int, _ audits: Int, _ keys: Int, _ persons: Int) {
            (self.agreements, self.responsible, self.policies) = (agreements, responsible, policies)
            (self.audits, self.keys, self.persons) = (audits, keys, persons)
        }

        static let nothing = Sight(0, 0, 0, 0, 0, 0)

        static func == (left: Sight, right: Sight) -> Bool {
            (left.agreements, left.responsible, left.policies, left.audits, left.keys, left.persons)
                == (right.agreements, right.responsible, right.policies, right.audits, right.keys, right.persons)
        }
    }

    private func sight(_ session: Session, _ database: Database) async throws -> Sight {
        try await database.read(as: session) { tx in
            try tx.one(
                """
                SELECT (SELECT count(*) FROM agreement), (SELECT count(*) FROM agreement_person),
                    (SELECT count(*) FROM policy), (SELECT count(*) FROM audit_entry),
                    (SELECT count(*) FROM api_key), (SELECT count(*) FROM person)
                """
            ) { row in
                Sight(try row.next(), try row.next(), try row.next(), try row.next(), try row.next(), try row.next())
            }
        }
    }

    @Test func `a supplier sees its own rows and its rival's none, a retailer all of its own`() async throws {
        try await TestMarket.run { market in
            let (town, foreign) = (try await Town(market), try await Town(market))
            _ = foreign

            let retailers = try await sight(Scope.retailer(town.retailer).session, market.database)
            let suppliers = try await sight(Scope.supplier(town.own, at: town.retailer).session, market.database)
            let home = try await sight(Scope.supplierHome(town.own).session, market.database)

            // Audit of the retailer: created, buyer's membership, 2 x (created, signed, activated), 2 entries of suppliers.
            #expect(retailers.agreements == 2)
            #expect(retailers.responsible == 4)
            #expect(retailers.policies == 1)
            #expect(retailers.audits >= 8)
            #expect(retailers.keys == 1)
            #expect(retailers.persons == 1)
            #expect(suppliers == Sight(1, 1, 1, 1, 1, 1))
            // At home it also sees that the platform gave its admin a membership.
            #expect(home == Sight(0, 0, 0, 1, 1, 1))
        }
    }

    @Test func `a session with a wrong, empty or missing setting sees nothing`() async throws {
        try await TestMarket.run { market in
            let town = try await Town(market)
            let nobody = Identifier(high: 1, low: 1)
            let role: StaticString = "tradewind_app"
            let retailer = Session.Setting("app.retailer_id", id: town.retailer.value)
            let actor = Session.Setting("app.actor", word: "retailer")
            let asSupplier = Session.Setting("app.actor", word: "supplier")
            let blind: [Session] = [
                Session(role: role),
                Session(role: role, settings: [actor]),
                Session(role: role, settings: [actor, .init("app.retailer_id", word: "")]),
                Session(role: role, settings: [actor, .init("app.retailer_id", id: nobody)]),
                Session(role: role, settings: [asSupplier]),
                Session(role: role, settings: [asSupplier, .init("app.supplier_id", word: "")]),
                Session(role: role, settings: [.init("app.supplier_id", id: nobody), asSupplier]),
            ]
            let policyOnly: [Session] = [
                Session(role: role, settings: [retailer]),
                Session(role: role, settings: [retailer, .init("app.actor", word: "")]),
                Session(role: role, settings: [retailer, .init("app.actor", word: "king")]),
                Session(role: role, settings: [retailer, asSupplier]),
                Session(role: role, settings: [retailer, asSupplier, .init("app.supplier_id", word: "")]),
                Session(role: role, settings: [retailer, asSupplier, .init("app.supplier_id", id: nobody)]),
            ]

            for session in blind { #expect(try await sight(session, market.database) == .nothing, "\(session)") }
            for session in policyOnly {
                #expect(try await sight(session, market.database) == Sight(0, 0, 1, 0, 0, 0), "\(session)")
            }
        }
    }

    @Test func `the other roles of the service cannot read what is not theirs`() async throws {
        try await TestMarket.run { market in
            let town = try await Town(market)
            for session in [Scope.authentication.session, Scope.worker(town.retailer).session, Scope.workerHome.session] {
                for sql: SQL in ["SELECT 1 FROM policy", "SELECT 1 FROM audit_entry", "SELECT 1 FROM person"] {
                    await #expect(throws: DatabaseError.self) {
                        try await market.database.read(as: session) { tx in _ = try tx.execute(sql) }
                    }
                }
            }
        }
    }

    @Test func `a supplier changes no agreement, no policy, no key of others and no past, whatever it says`() async throws {
        try await TestMarket.run { market in
            let town = try await Town(market)
            let (retailer, own, rival) = (town.retailer, town.own, town.rival)
            let attacks: [SQL] = [
                "UPDATE agreement SET state = 'active' WHERE retailer_id = \(retailer)",
                "UPDATE agreement SET fee_bp = 0 WHERE retailer_id = \(retailer)",
                "UPDATE policy SET privacy_floor = 10 WHERE retailer_id = \(retailer)",
                "UPDATE api_key SET secret_hash = secret_hash WHERE organisation_id = \(own)",
                "UPDATE membership SET ended_at = NULL WHERE organisation_id = \(own)",
                "UPDATE audit_entry SET reason = 'none' WHERE retailer_id = \(retailer)",
                "DELETE FROM audit_entry WHERE retailer_id = \(retailer)",
                "DELETE FROM agreement_person WHERE retailer_id = \(retailer)",
                """
                INSERT INTO api_key (key_id, organisation_kind, organisation_id, name, roles, secret_hash)
                VALUES (gen_random_uuid(), 'retailer', \(retailer), 'x', ARRAY['admin'], sha256('x'))
                """,
                """
                INSERT INTO api_key (key_id, organisation_kind, organisation_id, name, roles, secret_hash)
                VALUES (gen_random_uuid(), 'supplier', \(rival), 'x', ARRAY['admin'], sha256('x'))
                """,
                """
                INSERT INTO audit_entry (
                    retailer_id, entry_id, occurred_at, organisation_kind, organisation_id, supplier_id, key_id, request_id,
                    action, subject_kind, subject_id
                )
                VALUES (\(retailer), gen_random_uuid(), now(), 'supplier', \(rival), \(rival), \(rival), 'r', 'a', 's', 'x')
                """,
            ]
            for attack in attacks {
                let error = await #expect(throws: DatabaseError.self, "\(attack)") {
                    try await market.database.transaction(as: .supplier(own, at: retailer)) { tx in _ = try tx.execute(attack) }
                }
                guard case .server(let refusal) = error else { continue }
                #expect(refusal.state == .insufficientPrivilege)
            }
            let touched = try await market.database.transaction(as: .supplier(own, at: retailer)) { tx in
                try tx.execute("UPDATE api_key SET revoked_at = now() WHERE organisation_id = \(rival)")
            }
            #expect(touched == 0)
        }
    }

    @Test func `a retailer changes an agreement's state but not its terms`() async throws {
        try await TestMarket.run { market in
            let town = try await Town(market)
            let retailer = town.retailer

            let touched = try await market.database.transaction(as: .retailer(retailer)) { tx in
                try tx.execute("UPDATE agreement SET state = 'suspended' WHERE retailer_id = \(retailer)")
            }

            #expect(touched == 2)
            await #expect(throws: DatabaseError.self) {
                try await market.database.transaction(as: .retailer(retailer)) { tx in
                    try tx.execute("UPDATE agreement SET fee_bp = 0 WHERE retailer_id = \(retailer)")
                }
            }
        }
    }
}
