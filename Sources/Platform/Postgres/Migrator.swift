import Kernel

/// Applies the steps that a database lacks under an advisory lock, so that several nodes may start at once and others may
/// work meanwhile: no step waits for a table longer than `lock_timeout`, it rolls back and tries again. Step 0 makes the
/// roles with the login's own rights; the others run as `tradewind_owner`.
package struct Migrator: Sendable {
    /// Held while migrating: "tradewind" in eight letters of ASCII. It is tried for and never waited for: a session that
    /// waits in a statement has a snapshot, for which an index that is built concurrently would wait in turn.
    static let lockKey: Int64 = 0x7472_6164_6577_6e64
    /// Everybody who comes behind a waiting ALTER TABLE waits too: no longer than this.
    static let lockTimeoutMillis = 2_000
    /// An index that is built concurrently makes nobody wait; it waits for the transactions that run.
    static let concurrentLockTimeoutMillis = 600_000
    static let attemptsMax = 60
    static let pauseMillisMax = 2_000

    private let database: Database
    private let migrations: [Migration]

    package init(_ database: Database, _ migrations: [Migration]) {
        self.database = database
        self.migrations = migrations
    }

    /// Brings the database up to date; `report` hears of each step after its commit, and of what it waits for. Returns the
    /// steps applied now.
    @discardableResult
    package func migrate(_ report: @Sendable (MigrationProgress) -> Void = { _ in }) async throws -> [Migration] {
        try await prepareTable()
        let standing = try await standing()
        try standing.mustSuit(migrations)
        var fresh: [Migration] = []
        for migration in migrations where !standing.holds(migration) {
            guard try await bringIn(migration, report) else { continue }
            report(.applied(migration.name))
            fresh.append(migration)
        }
        return fresh
    }

    /// Throws unless this program can work on the database: it has every step that the program knows, and no other or
    /// only such that say they work with this program. Returns the newest step of the database.
    @discardableResult
    package func check() async throws -> Int32 {
        let standing = try await standing()
        try standing.mustSuit(migrations)
        let missing = migrations.filter { !standing.holds($0) }.map(\.name)
        guard missing.isEmpty else { throw MigrationFault.notMigrated(missing: missing) }
        return standing.newest
    }

    private func prepareTable() async throws {
        try await database.administer { tx in
            guard try !tx.hasSchemaTable() else { return }
            try tx.execute("SELECT pg_advisory_xact_lock(\(Self.lockKey - 1))")
            try tx.script(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number int PRIMARY KEY,
                    name text NOT NULL,
                    checksum bytea NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                );
                ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS program_min int;
                """)
        }
    }

    private func standing() async throws -> SchemaStanding { try await database.administer { tx in try tx.schemaStanding() } }

    /// True where the step was applied now, false where another program was first.
    private func bringIn(_ migration: Migration, _ report: @Sendable (MigrationProgress) -> Void) async throws -> Bool {
        var attempt = 1
        while true {
            let obstacle: MigrationObstacle
            switch try await once(migration) {
            case .applied: return true
            case .wasApplied: return false
            case .obstructed(let what): obstacle = what
            }
            guard attempt < Self.attemptsMax else { throw MigrationFault.gaveUp(migration.name, obstacle) }
            report(.waiting(migration.name, obstacle, attempt: attempt))
            try await Task.sleep(for: .milliseconds(min(50 << min(attempt, 6), Self.pauseMillisMax)))
            attempt += 1
        }
    }

    private func once(_ migration: Migration) async throws -> StepOutcome {
        do {
            guard migration.isTransactional else {
                return try await database.outsideTransaction { connection in try connection.apply(migration) }
            }
            return try await database.administer { tx in try tx.apply(migration) }
        } catch DatabaseError.server(let error) where error.state == .lockNotAvailable {
            return .obstructed(.lockNotFree)
        } catch let error as DatabaseError {
            throw MigrationFault.failed(migration.name, error)
        }
    }
}

/// How one try of a step ended.
enum StepOutcome: Sendable {
    case applied
    case wasApplied
    case obstructed(MigrationObstacle)
}
