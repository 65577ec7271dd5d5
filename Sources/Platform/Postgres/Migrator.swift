/// Applies the steps that a database lacks, one transaction each, under an advisory lock, so that several nodes may
/// start at once. Step 0 makes the roles with the login's own rights; the others run as `tradewind_owner`.
package struct Migrator: Sendable {
    /// Held while migrating: "tradewind" in eight letters of ASCII.
    private static let lockKey: Int64 = 0x7472_6164_6577_6e64

    private let database: Database
    private let migrations: [Migration]

    package init(_ database: Database, _ migrations: [Migration]) {
        self.database = database
        self.migrations = migrations
    }

    /// Brings the database up to date; `applied` hears of each step after its commit. Returns the steps applied now.
    @discardableResult
    package func migrate(applied report: @Sendable (Migration) -> Void = { _ in }) async throws -> [Migration] {
        try await prepareTable()
        var fresh: [Migration] = []
        for migration in migrations where try await apply(migration) {
            report(migration)
            fresh.append(migration)
        }
        return fresh
    }

    /// Throws unless the database has exactly the steps that this program knows.
    package func check() async throws {
        let count = Int32(migrations.count)
        let applied = try await database.administer { tx in
            try tx.one("SELECT count(*)::int FROM schema_migration") { row in try row.next(Int32.self) }
        }
        guard applied <= count else { throw MigrationFault.databaseIsNewer(known: count - 1, applied: applied - 1) }
        guard applied == count else { throw MigrationFault.failed(migrations[Int(applied)].name, .unavailable("not applied")) }
    }

    private func prepareTable() async throws {
        try await database.administer { tx in
            try tx.execute("SELECT pg_advisory_xact_lock(\(Self.lockKey))")
            try tx.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number int PRIMARY KEY,
                    name text NOT NULL,
                    checksum bytea NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                )
                """)
        }
    }

    /// True where the step was applied now, false where it had been.
    private func apply(_ migration: Migration) async throws -> Bool {
        let newest = Int32(migrations.count) - 1
        return try await database.administer { tx in
            try tx.execute("SELECT pg_advisory_xact_lock(\(Self.lockKey))")
            let applied = try tx.query("SELECT number, checksum FROM schema_migration ORDER BY number") { row in
                (try row.next(Int32.self), try row.next(Bytes.self))
            }
            if let last = applied.last?.0, last > newest { throw MigrationFault.databaseIsNewer(known: newest, applied: last) }
            if let (_, checksum) = applied.first(where: { $0.0 == migration.number }) {
                guard checksum == migration.checksum else { throw MigrationFault.changedAfterApplied(migration.name) }
                return false
            }
            do {
                if migration.number > 0 { try tx.script("SET LOCAL ROLE tradewind_owner") }
                try tx.script(migration.text)
                try tx.script("RESET ROLE")
            } catch let error as DatabaseError {
                throw MigrationFault.failed(migration.name, error)
            }
            try tx.execute(
                """
                INSERT INTO schema_migration (number, name, checksum)
                VALUES (\(migration.number), \(migration.name), \(migration.checksum))
                """)
            return true
        }
    }
}
