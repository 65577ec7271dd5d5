/// The name under which a served node stands in `pg_stat_activity`: with the newest step that it knows.
package enum ProgramName {
    private static let prefix = "tradewind-"

    package static func knowing(_ step: Int32) -> String { "\(prefix)\(step)" }

    static func knownStep(_ name: String) -> Int32? { name.hasPrefix(prefix) ? Int32(name.dropFirst(prefix.count)) : nil }
}

extension Transaction {
    /// Runs a step and records it in the one transaction.
    func apply(_ migration: Migration) throws -> StepOutcome {
        guard
            try one("SELECT pg_try_advisory_xact_lock(\(Migrator.lockKey))", { row in try row.next(Bool.self) })
        else { return .obstructed(.anotherMigrates) }
        guard try !schemaStanding().holds(migration) else { return .wasApplied }
        let older = try query(SQL.connectedPrograms) { row in try row.next(String.self) }.programs(olderThan: migration)
        guard older.isEmpty else { return .obstructed(.olderPrograms(older)) }
        try script("SET LOCAL lock_timeout = \(Migrator.lockTimeoutMillis)")
        if migration.number > 0 { try script("SET LOCAL ROLE tradewind_owner") }
        try script(migration.text)
        try script("RESET ROLE")
        try execute(.recording(migration))
        return .applied
    }
}

extension Connection {
    /// Runs a step whose statements PostgreSQL takes outside a transaction only. The lock is the session's: as long as a
    /// statement runs whose program has died, nobody begins the step again. What such a statement leaves is an invalid
    /// index; it is dropped, and built anew.
    func apply(_ migration: Migration) throws -> StepOutcome {
        guard try value("SELECT pg_try_advisory_lock(\(Migrator.lockKey))", Bool.self).first == true else {
            return .obstructed(.anotherMigrates)
        }
        defer { _ = try? value("SELECT pg_advisory_unlock(\(Migrator.lockKey))", Bool.self) }
        let isApplied = try value("SELECT count(*)::int FROM schema_migration WHERE number = \(migration.number)", Int32.self)
        guard isApplied == [0] else { return .wasApplied }
        let older = try value(SQL.connectedPrograms, String.self).programs(olderThan: migration)
        guard older.isEmpty else { return .obstructed(.olderPrograms(older)) }
        try command("SET statement_timeout = 0")
        try command("SET lock_timeout = \(Migrator.concurrentLockTimeoutMillis)")
        try command("SET ROLE tradewind_owner")
        for statement in MigrationHeader.statements(of: migration.text) {
            if let index = MigrationHeader.concurrentIndex(of: statement) { try dropInvalid(index) }
            try command(statement)
        }
        try command("RESET ROLE")
        try run([.recording(migration)]) { _, _ in }
        return .applied
    }

    private func dropInvalid(_ index: String) throws {
        let isInvalid = try value(
            "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(\(index))", Bool.self)
        if isInvalid == [true] { try command("DROP INDEX CONCURRENTLY IF EXISTS \(index)") }
    }

    private func value<Value: SQLDecodable>(_ sql: SQL, _ type: Value.Type) throws -> [Value] {
        var values: [Value] = []
        try run([sql]) { _, answer in values = try answer.map { row in try row.next(type) } }
        return values
    }
}

extension [String] {
    /// Those of connected programs that could not work on the schema after a step.
    fileprivate func programs(olderThan migration: Migration) -> [String] {
        filter { ProgramName.knownStep($0).map { $0 < migration.programMin } ?? false }
    }
}

extension SQL {
    fileprivate static let connectedPrograms: SQL =
        """
        SELECT DISTINCT application_name
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'tradewind-%'
        """

    fileprivate static func recording(_ migration: Migration) -> SQL {
        """
        INSERT INTO schema_migration (number, name, checksum, program_min)
        VALUES (\(migration.number), \(migration.name), \(migration.checksum), \(migration.programMin))
        """
    }
}
