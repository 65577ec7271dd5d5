package enum MigrationFault: Error, CustomStringConvertible {
    case folderMissing(String)
    case unreadable(String)
    case badName(String)
    case badHeader(String, String)
    case numbersNotGapFree([Int32])
    case changedAfterApplied(String)
    case databaseIsNewer(known: Int32, applied: Int32, needed: Int32)
    case notMigrated(missing: [String])
    case gaveUp(String, MigrationObstacle)
    case failed(String, DatabaseError)

    package var description: String {
        switch self {
        case .folderMissing(let path): "there is no folder of migrations at \(path); set TRADEWIND_MIGRATIONS"
        case .unreadable(let path): "the migration \(path) cannot be read"
        case .badName(let name): "the migration \(name) is not named like 0001_parties.sql"
        case .badHeader(let name, let fault): "the head of the migration \(name) is wrong: \(fault)"
        case .numbersNotGapFree(let numbers): "the migrations are numbered \(numbers), not 0, 1, 2 ..."
        case .changedAfterApplied(let name): "the migration \(name) was changed after it had been applied"
        case .databaseIsNewer(let known, let applied, let needed):
            "the database is at step \(applied), which works with programs that know step \(needed); this one knows \(known): "
                + "start the newer program"
        case .notMigrated(let missing):
            "the database lacks \(missing.joined(separator: ", ")): run `tradewind migrate`, or start with --migrate"
        case .gaveUp(let name, let obstacle): "the migration \(name) gave up: \(obstacle)"
        case .failed(let name, let error): "the migration \(name) failed: \(error)"
        }
    }
}

/// What a step may wait for.
package enum MigrationObstacle: Sendable, Hashable, CustomStringConvertible {
    /// Requests held a table for longer than `lock_timeout`. Whoever came behind this step has gone ahead meanwhile.
    case lockNotFree
    case anotherMigrates
    /// Programs are connected that would fail on the new schema.
    case olderPrograms([String])

    package var description: String {
        switch self {
        case .lockNotFree: "a table was not free within \(Migrator.lockTimeoutMillis) ms"
        case .anotherMigrates: "another program migrates this database"
        case .olderPrograms(let names): "stop the older programs first, connected are \(names.joined(separator: ", "))"
        }
    }
}

/// What is heard of a migration while it runs.
package enum MigrationProgress: Sendable, Hashable, CustomStringConvertible {
    case applied(String)
    case waiting(String, MigrationObstacle, attempt: Int)

    package var description: String {
        switch self {
        case .applied(let name): "applied \(name)"
        case .waiting(let name, let obstacle, let attempt):
            "\(name) waits: \(obstacle) (try \(attempt) of \(Migrator.attemptsMax))"
        }
    }
}
