import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

/// Row-level security attacked directly, past all code: every table of tenants, read and written with right, wrong, empty and
/// missing settings, as a rival, and by its partitions.
@Suite struct FenceRowTests {
    @Test func `every table shows a session exactly its own rows, and nothing where a setting is wrong or missing`() async throws
    {
        let attack = try await Attack.shared()
        try await attack.expectFurnished()
        let (retailer, other) = (attack.world.town.retailer, attack.otherRetailer)
        let (own, rival) = (attack.world.own.town.supplier, attack.world.rival.town.supplier)
        var compared = 0
        for (scope, where_) in [
            (Scope.retailer(retailer), \FencedTable.retailersCondition), (.retailer(other), \.retailersCondition),
        ] {
            compared += try await attack.expect(scope.session, sees: { $0[keyPath: where_] }, at: scope.places)
        }
        for (supplier, place) in [(own, retailer), (rival, retailer), (own, other)] {
            let scope = Scope.supplier(supplier, at: place)
            compared += try await attack.expect(
                scope.session, sees: { $0.suppliersCondition ?? "false" }, at: scope.places)
        }
        for session in attack.blind { compared += try await attack.expect(session, sees: { _ in "false" }, at: [:]) }
        for session in attack.halfBlind {
            compared += try await attack.expect(
                session, sees: { $0.isShared ? "retailer_id = R" : "false" }, at: Scope.retailer(retailer).places)
        }
        print("Row-level security: \(attack.tables.count) tables, \(compared) sights compared")
    }

    @Test func `no role of the service reads a partition directly`() async throws {
        let attack = try await Attack.shared()
        let partitions = try await attack.superuser.administer { tx in
            try tx.query(
                "SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY relname",
                { row in try row.next(String.self) })
        }
        let retailer = attack.world.town.retailer
        for partition in partitions {
            for scope in [Scope.retailer(retailer), .worker(retailer), .workerHome, .platform, .authentication] {
                let error = await #expect(throws: DatabaseError.self, "\(partition)") {
                    try await attack.database.read(as: scope) { tx in
                        try tx.script("SELECT 1 FROM \(partition) LIMIT 1")
                    }
                }
                #expect(error?.isRefusedPrivilege == true, "\(partition) as \(scope)")
            }
        }
        #expect(partitions.count >= 4)
    }

    @Test func `a rival changes and deletes no row but its own, whatever table it names`() async throws {
        let attack = try await Attack.shared()
        let (retailer, rival) = (attack.world.town.retailer, attack.world.rival.town.supplier)
        let scope = Scope.supplier(rival, at: retailer)
        for table in attack.tables where table.name != "log_head" {
            let own = try await attack.count(
                table, table.isShared ? "false" : table.suppliersCondition ?? "false", scope.places)
            for statement in ["UPDATE \(table.name) SET retailer_id = retailer_id", "DELETE FROM \(table.name)"] {
                let touched = try await attack.touched(by: statement, as: scope)
                #expect(touched <= own, "\(statement) touched \(touched) of \(own)")
            }
        }
    }

    @Test func `a supplier makes no money, no sale and no statement for itself`() async throws {
        let attack = try await Attack.shared()
        let (retailer, supplier) = (attack.world.town.retailer, attack.world.rival.town.supplier)
        let wallet = attack.world.rival.town.wallet
        let attempts: [SQL] = [
            "UPDATE account SET credits_posted = credits_posted + 1 WHERE retailer_id = \(retailer)",
            """
            INSERT INTO account (retailer_id, account_id, kind, asset, supplier_id, credits_posted, limit_debits)
            VALUES (\(retailer), gen_random_uuid(), 'wallet', 'RUB', \(supplier), 1000, true)
            """,
            """
            INSERT INTO account (retailer_id, account_id, kind, asset, supplier_id, limit_debits)
            VALUES (\(retailer), gen_random_uuid(), 'payable', 'EUR', \(supplier), false)
            """,
            """
            INSERT INTO entry (retailer_id, account_id, seq, transfer_id, amount, balance_after, supplier_id)
            SELECT retailer_id, account_id, 1000, transfer_id, 5, 5, supplier_id FROM entry LIMIT 1
            """,
            """
            INSERT INTO transfer (
                retailer_id, transfer_id, kind, debit_account_id, credit_account_id, amount, asset, cause_kind, cause_id,
                business_day, posted_at, supplier_id
            )
            SELECT retailer_id, gen_random_uuid(), 'top_up', debit_account_id, credit_account_id, 5, asset, 'x', 'x',
                business_day, now(), supplier_id
            FROM transfer LIMIT 1
            """,
            "UPDATE campaign SET state = 'running' WHERE retailer_id = \(retailer)",
            """
            INSERT INTO statement_unfunded (
                retailer_id, redemption_id, statement_id, supplier_id, campaign_id, business_day, unfunded_amount, borne_amount
            )
            VALUES (\(retailer), gen_random_uuid(), \(wallet), \(supplier), \(wallet), '2026-03-09', 1, 0)
            """,
        ]
        for attempt in attempts {
            let error = await #expect(throws: DatabaseError.self, "\(attempt)") {
                try await attack.database.transaction(as: .supplier(supplier, at: retailer)) { tx in
                    _ = try tx.execute(attempt)
                }
            }
            #expect(error?.isRefusedPrivilege == true, "\(attempt)")
        }
    }

    @Test func `a retailer reads no supplier's name, and learns of an id only that there is one`() async throws {
        try await TestMarket.run { market in
            let (retailer, supplier) = (try await market.makeRetailer(), try await market.makeSupplier())
            _ = try await market.makeAgreement(retailer: retailer, supplier: supplier)
            let nobody = SupplierID(Identifier(high: 1, low: 1))

            let names = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.query("SELECT name FROM supplier") { row in try row.next(String.self) }
            }
            let known = try await market.database.read(as: .retailer(retailer)) { tx in
                try tx.query("SELECT known_suppliers(\([supplier, nobody]))") { row in try row.next(SupplierID.self) }
            }

            #expect(names == [])
            #expect(known == [supplier])
        }
    }
}

extension DatabaseError {
    var isRefusedPrivilege: Bool {
        if case .server(let refusal) = self { refusal.state == .insufficientPrivilege } else { false }
    }
}

extension Scope {
    /// What stands for `R`, `S` and `Z` in a condition.
    var places: [String: String] {
        let zero = "'00000000-0000-0000-0000-000000000000'::uuid"
        switch self {
        case .retailer(let id): return ["R": "'\(id.value)'::uuid", "Z": zero]
        case .supplier(let id, let retailer):
            return ["R": "'\(retailer.value)'::uuid", "S": "'\(id.value)'::uuid", "Z": zero]
        default: return [:]
        }
    }
}
