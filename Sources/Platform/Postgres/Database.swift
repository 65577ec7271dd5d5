/// PostgreSQL as the program sees it: units of work on a bounded set of connections, each with a thread of its own.
///
/// A unit of work is a synchronous closure that waits for PostgreSQL only. It may run more than once (after a deadlock,
/// a serialization failure, or a connection that broke before COMMIT), so it must change nothing outside its transaction.
package final class Database: Sendable {
    /// Runs of a unit of work that met 40001 or 40P01.
    static let attemptsMax = 4
    /// A snapshot holds up the removal of dead rows as long as it lives: no statement in it takes longer.
    package static let snapshotStatementMillisMax = 5_000

    private let threads: ConnectionThreads

    package init(_ configuration: DatabaseConfiguration) {
        threads = ConnectionThreads(configuration)
    }

    /// A transaction that commits when `body` returns and rolls back when it throws.
    @discardableResult
    package func transaction<Value: Sendable>(
        as session: Session, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await run(UnitOfWork(opening: ["BEGIN"] + session.statements), body)
    }

    /// A read-only transaction: PostgreSQL refuses writes in it.
    @discardableResult
    package func read<Value: Sendable>(
        as session: Session, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await run(UnitOfWork(opening: ["BEGIN READ ONLY"] + session.statements), body)
    }

    /// A read-only transaction whose statements all see the rows of one moment. Who must read more than a moment allows says
    /// so, and holds up the removal of dead rows meanwhile.
    @discardableResult
    package func snapshot<Value: Sendable>(
        as session: Session, statementMillisMax: Int = Database.snapshotStatementMillisMax,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        let opening = [
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "SET LOCAL statement_timeout = \(statementMillisMax)",
        ]
        let unit = UnitOfWork(opening: opening + session.statements)
        return try await run(unit, statementMillisMax: statementMillisMax, body)
    }

    /// A transaction of the login role itself, with another statement timeout: migrations, maintenance.
    @discardableResult
    package func administer<Value: Sendable>(
        statementTimeoutMillis: Int32 = 0, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await run(UnitOfWork(opening: ["BEGIN", "SET LOCAL statement_timeout = \(statementTimeoutMillis)"]), body)
    }

    /// CREATE DATABASE, which PostgreSQL allows outside a transaction only. The name is the program's.
    package func createDatabase(_ name: String, template: String = "template0") async throws {
        try await withConnection { connection in
            try connection.command("CREATE DATABASE \"\(name)\" TEMPLATE \"\(template)\"")
        }
    }

    /// Work of its own on a connection that is closed afterwards, whatever was set on it.
    func outsideTransaction<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await submit { slot in
            defer { slot.discard() }
            return try body(try slot.connection())
        }
    }

    /// Refuses new work, waits for what runs, closes all connections.
    package func close() async { await threads.close() }

    /// False where PostgreSQL is watched and gives no sign of life; work is then refused at once.
    package var answers: Bool { threads.pulse.map { !$0.isAway } ?? true }

    /// Connections and waiting work right now, for metrics.
    package var load: DatabaseLoad { threads.load }

    private func run<Value: Sendable>(
        _ unit: UnitOfWork, statementMillisMax: Int? = nil,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        var unit = unit
        unit.deadline = UnitDeadline(
            instant: Deadline.current, statementMillisMax: statementMillisMax ?? threads.configuration.statementTimeoutMillis)
        return try await submit { [unit] slot in try unit.run(on: slot, body) }
    }

    private func withConnection(_ body: @escaping @Sendable (Connection) throws -> Void) async throws {
        try await submit { slot in try body(try slot.connection()) }
    }

    private func submit<Value: Sendable>(_ work: @escaping @Sendable (ConnectionSlot) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            threads.submit(
                Job(
                    deadline: Deadline.wait(millisMax: threads.configuration.waitMillisMax),
                    run: { slot in continuation.resume(with: Result { try work(slot) }) },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }
}

package struct DatabaseLoad: Sendable {
    package let connections: Int
    package let busy: Int
    package let waiting: Int
}
