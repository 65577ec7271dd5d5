/// The steps that a database has.
struct SchemaStanding: Sendable {
    struct Step: Sendable {
        let number: Int32
        let name: String
        let checksum: Bytes
        let programMin: Int32
    }

    let steps: [Step]

    /// -1 where there is none.
    var newest: Int32 { steps.map(\.number).max() ?? -1 }

    func holds(_ migration: Migration) -> Bool { steps.contains { $0.number == migration.number } }

    /// Throws where a step was changed after it had been applied, or where the database has steps that a program with these
    /// migrations does not know and cannot work with.
    func mustSuit(_ migrations: [Migration]) throws(MigrationFault) {
        for migration in migrations {
            guard let step = steps.first(where: { $0.number == migration.number }) else { continue }
            guard step.checksum == migration.checksum else { throw .changedAfterApplied(migration.name) }
        }
        let known = Int32(migrations.count) - 1
        let needed = steps.filter { $0.number > known }.map(\.programMin).max() ?? 0
        guard needed <= known else { throw .databaseIsNewer(known: known, applied: newest, needed: needed) }
    }
}

extension Transaction {
    /// Whether steps can be recorded.
    func hasSchemaTable() throws -> Bool {
        try one(
            """
            SELECT count(*) > 0
            FROM pg_attribute
            WHERE attrelid = to_regclass('schema_migration') AND attname = 'program_min'
            """
        ) { row in try row.next(Bool.self) }
    }

    func schemaStanding() throws -> SchemaStanding {
        guard try hasSchemaTable() else { return SchemaStanding(steps: []) }
        return SchemaStanding(
            steps: try query(
                "SELECT number, name, checksum, coalesce(program_min, number) FROM schema_migration ORDER BY number"
            ) { row in
                SchemaStanding.Step(
                    number: try row.next(Int32.self), name: try row.next(String.self), checksum: try row.next(Bytes.self),
                    programMin: try row.next(Int32.self))
            })
    }
}
