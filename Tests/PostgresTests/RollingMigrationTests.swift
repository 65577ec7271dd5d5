import Kernel
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

/// Migrations beside programs that work: bounded waits, indexes beside the traffic, and who may work on what.
@Suite struct RollingMigrationTests {
    private let roles = Migration(number: 0, name: "0000_roles.sql", text: "SELECT 1")
    private let fact = Migration(
        number: 1, name: "0001_fact.sql", text: "CREATE TABLE fact (id bigint, note text); GRANT ALL ON fact TO PUBLIC;")
    private let expand = Migration(
        number: 2, name: "0002_expand.sql", text: "-- works with: 0001\nALTER TABLE fact ADD COLUMN more text;")
    private let contract = Migration(number: 2, name: "0002_contract.sql", text: "ALTER TABLE fact DROP COLUMN note;")
    private let index = Migration(
        number: 2, name: "0002_index.sql",
        text: """
            -- works with: 0001
            -- outside a transaction
            CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS fact_id
                ON fact (id);
            """)

    @Test func `a table that is in use is waited for 2 s at a time, and the step says so`() async throws {
        let (database, _) = try await migrated([roles, fact])
        let isHeard = Mutex(false)
        let reader = Task {
            try await database.administer { tx in
                _ = try tx.execute("SELECT id FROM fact")
                while !isHeard.withLock({ $0 }) { try tx.execute("SELECT pg_sleep(0.01)") }
            }
        }
        try await untilLocked("fact", database)

        let heard = Mutex<[MigrationProgress]>([])
        try await Migrator(database, [roles, fact, expand]).migrate { progress in
            heard.withLock { $0.append(progress) }
            isHeard.withLock { $0 = true }
        }

        try await reader.value
        #expect(
            heard.withLock { $0 } == [.waiting("0002_expand.sql", .lockNotFree, attempt: 1), .applied("0002_expand.sql")])
        await database.close()
    }

    @Test func `an index that a crash left invalid is dropped and built anew`() async throws {
        let (database, _) = try await migrated([roles, fact])
        try await database.administer { tx in try tx.script("INSERT INTO fact (id) VALUES (7), (7)") }
        await #expect(throws: MigrationFault.self) { try await Migrator(database, [roles, fact, index]).migrate() }
        let left = try await isValid("fact_id", database)
        try await database.administer { tx in try tx.script("DELETE FROM fact") }

        let applied = try await Migrator(database, [roles, fact, index]).migrate()

        #expect(left == [false])
        #expect(applied == [index])
        #expect(try await isValid("fact_id", database) == [true])
        try await Migrator(database, [roles, fact, index]).check()
        await database.close()
    }

    @Test func `an older program works on a newer schema that says so, and on no other`() async throws {
        let (expanded, _) = try await migrated([roles, fact, expand])
        let (contracted, _) = try await migrated([roles, fact, contract])

        #expect(try await Migrator(expanded, [roles, fact]).check() == 2)
        #expect(try await Migrator(expanded, [roles, fact]).migrate() == [])
        let fault = await #expect(throws: MigrationFault.self) { try await Migrator(contracted, [roles, fact]).check() }

        #expect(
            fault.map { "\($0)" }
                == "the database is at step 2, which works with programs that know step 2; this one knows 1: start the newer program"
        )
        await expanded.close()
        await contracted.close()
    }

    @Test func `a database without all steps is refused with the names of those it lacks`() async throws {
        let (database, _) = try await migrated([roles])
        let fault = await #expect(throws: MigrationFault.self) { try await Migrator(database, [roles, fact, expand]).check() }
        if case .notMigrated(["0001_fact.sql", "0002_expand.sql"])? = fault {
        } else {
            Issue.record("\(String(describing: fault))")
        }
        await database.close()
    }

    @Test func `a step that older programs cannot work with waits until none is connected`() async throws {
        let (database, address) = try await migrated([roles, fact])
        var configuration = DatabaseConfiguration(address: address)
        configuration.applicationName = ProgramName.knowing(1)
        let older = Database(configuration)
        try await older.administer { tx in _ = try tx.execute("SELECT 1") }

        let heard = Mutex<[MigrationProgress]>([])
        let closing = Mutex<Task<Void, Never>?>(nil)
        try await Migrator(database, [roles, fact, contract]).migrate { progress in
            heard.withLock { $0.append(progress) }
            closing.withLock { $0 = $0 ?? Task { await older.close() } }
        }

        let progress = heard.withLock { $0 }
        #expect(progress.first == .waiting("0002_contract.sql", .olderPrograms(["tradewind-1"]), attempt: 1))
        #expect(progress.last == .applied("0002_contract.sql"))
        await database.close()
    }

    /// A database with some steps, as a superuser, and its address.
    private func migrated(_ migrations: [Migration]) async throws -> (Database, String) {
        _ = try await TestDatabase.open()
        let cluster = try await TestCluster.shared.cluster()
        let name = "rolling_\(UInt32.random(in: 0 ... .max))"
        let maintenance = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        try await maintenance.createDatabase(name)
        await maintenance.close()
        let address = cluster.superuserAddress(database: name)
        let database = Database(DatabaseConfiguration(address: address))
        try await database.administer { tx in try tx.script("GRANT USAGE, CREATE ON SCHEMA public TO tradewind_owner") }
        try await Migrator(database, migrations).migrate()
        return (database, address)
    }

    private func untilLocked(_ table: String, _ database: Database) async throws {
        while try await database.administer({ tx in
            try tx.query("SELECT pid FROM pg_locks WHERE relation = to_regclass(\(table)) AND granted") { row in
                try row.next(Int32.self)
            }.isEmpty
        }) {}
    }

    private func isValid(_ index: String, _ database: Database) async throws -> [Bool] {
        try await database.administer { tx in
            try tx.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(\(index))") { row in
                try row.next(Bool.self)
            }
        }
    }
}
