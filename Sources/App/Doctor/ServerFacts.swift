import Kernel
import Postgres

/// What the doctor reads of a server before it judges.
package struct ServerFacts: Sendable {
    package var versionNumber: Int32
    package var version: String
    /// Those that the rules ask for, as `pg_settings` has them.
    package var settings: [String: String]
    /// Newest step of the schema; nil where the database has none.
    package var schema: String?
    package var loginIsSuperuser: Bool
    /// Roles of the service that may pass by row-level security, or log in themselves.
    package var strongRoles: [String]
    package var missingRoles: [String]
    /// Tables of ours without forced row-level security.
    package var unfencedTables: [String]
    package var tables: Int64
    package var invalidIndexes: [String]
    package var indexes: Int64
    /// Partitioned tables, each with its newest month `YYYYMM`.
    package var newestMonths: [String: String]
    /// Tables with more dead rows than live ones.
    package var unvacuumed: [String]
    package var vitals: Vitals
    package var clockSkew: ClockSkew
}

extension ServerFacts {
    static let settingNames = [
        "fsync", "full_page_writes", "synchronous_commit", "data_checksums", "max_connections", "autovacuum", "archive_mode",
    ]
    static let roles = ["tradewind_owner", "tradewind_app", "tradewind_auth", "tradewind_worker", "tradewind_platform"]
    /// No row of these belongs to a tenant.
    static let commonTables = ["schema_migration", "zone_day", "server_secret"]
    static let deadRowsMin = 100_000

    static func read(_ database: Database, _ world: OutsideWorld) async throws -> ServerFacts {
        let before = world.now()
        let now = try await database.administer { tx in
            try tx.one("SELECT clock_timestamp()") { row in try row.next(Instant.self) }
        }
        let skew = ClockSkew(before: before, database: now, after: world.now())
        let vitals = try await database.vitals()
        return try await database.administer(statementTimeoutMillis: 10_000) { tx in
            try tx.serverFacts(vitals, skew)
        }
    }
}

extension Transaction {
    fileprivate func serverFacts(_ vitals: Vitals, _ skew: ClockSkew) throws -> ServerFacts {
        let (number, version, isSuperuser) = try one(
            """
            SELECT current_setting('server_version_num')::int, current_setting('server_version'),
                (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user)
            """
        ) { row in (try row.next(Int32.self), try row.next(String.self), try row.next(Bool.self)) }
        let roles = try serviceRoles()
        return ServerFacts(
            versionNumber: number, version: version, settings: try serverSettings(), schema: try newestStep(),
            loginIsSuperuser: isSuperuser, strongRoles: roles.filter(\.isStrong).map(\.name),
            missingRoles: ServerFacts.roles.filter { name in !roles.contains { $0.name == name } },
            unfencedTables: try unfencedTables(), tables: try relations(of: "r"), invalidIndexes: try invalidIndexes(),
            indexes: try relations(of: "i"), newestMonths: try newestMonths(), unvacuumed: try unvacuumed(), vitals: vitals,
            clockSkew: skew)
    }

    private func serverSettings() throws -> [String: String] {
        let pairs = try query(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(\(ServerFacts.settingNames))"
        ) { row in (try row.next(String.self), try row.next(String.self)) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func newestStep() throws -> String? {
        guard try one("SELECT to_regclass('schema_migration') IS NOT NULL", { try $0.next(Bool.self) }) else { return nil }
        return try first("SELECT name FROM schema_migration ORDER BY number DESC LIMIT 1") { row in try row.next(String.self) }
    }

    private func serviceRoles() throws -> [(name: String, isStrong: Bool)] {
        try query(
            """
            SELECT rolname::text, rolsuper OR rolbypassrls OR rolcanlogin
            FROM pg_roles
            WHERE rolname = ANY(\(ServerFacts.roles))
            ORDER BY rolname
            """
        ) { row in (try row.next(String.self), try row.next(Bool.self)) }
    }

    private func unfencedTables() throws -> [String] {
        try query(
            """
            SELECT relname::text
            FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT (relrowsecurity AND relforcerowsecurity) AND relname::text <> ALL(\(ServerFacts.commonTables))
            ORDER BY relname
            """
        ) { row in try row.next(String.self) }
    }

    private func invalidIndexes() throws -> [String] {
        try query(
            """
            SELECT pg_class.relname::text
            FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid
            WHERE pg_class.relnamespace = 'public'::regnamespace AND NOT (pg_index.indisvalid AND pg_index.indisready)
            ORDER BY pg_class.relname
            """
        ) { row in try row.next(String.self) }
    }

    private func relations(of kind: String) throws -> Int64 {
        try one(
            """
            SELECT count(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind::text = \(kind)
            """
        ) { row in try row.next(Int64.self) }
    }

    private func newestMonths() throws -> [String: String] {
        let pairs = try query(
            """
            SELECT parent.relname::text, max(right(child.relname, 6))
            FROM pg_partitioned_table
            JOIN pg_class AS parent ON parent.oid = pg_partitioned_table.partrelid
            JOIN pg_inherits ON pg_inherits.inhparent = parent.oid
            JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
            WHERE parent.relnamespace = 'public'::regnamespace
            GROUP BY parent.relname
            """
        ) { row in (try row.next(String.self), try row.next(String.self)) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func unvacuumed() throws -> [String] {
        try query(
            """
            SELECT relname::text
            FROM pg_stat_user_tables
            WHERE n_dead_tup > \(Int64(ServerFacts.deadRowsMin)) AND n_dead_tup > n_live_tup
            ORDER BY relname
            """
        ) { row in try row.next(String.self) }
    }
}
