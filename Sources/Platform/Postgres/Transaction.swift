/// A running transaction, lent to a synchronous closure. It cannot be copied, kept or awaited in: the compiler says so.
///
/// Statements live in extensions of this type beside their capability, one function a statement.
package struct Transaction: ~Copyable {
    private let connection: Connection
    private let deadline: UnitDeadline

    init(on connection: Connection, until deadline: UnitDeadline) {
        self.connection = connection
        self.deadline = deadline
    }

    /// All rows, each mapped by reading its columns in order.
    package func query<Value>(_ sql: SQL, _ map: (inout Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try deadline.check()
        try connection.run([sql]) { _, answer in values = try answer.map(map) }
        return values
    }

    /// The row, or nil where there is none. The statement's key or LIMIT makes sure that there is at most one.
    package func first<Value>(_ sql: SQL, _ map: (inout Row) throws -> Value) throws -> Value? {
        let values = try query(sql, map)
        guard values.count <= 1 else { throw DatabaseError.rowCount(expected: 1, found: values.count) }
        return values.first
    }

    /// The one row that must be there.
    package func one<Value>(_ sql: SQL, _ map: (inout Row) throws -> Value) throws -> Value {
        let values = try query(sql, map)
        guard values.count == 1 else { throw DatabaseError.rowCount(expected: 1, found: values.count) }
        return values[0]
    }

    /// Runs a statement and says how many rows it touched.
    @discardableResult
    package func execute(_ sql: SQL) throws -> Int {
        try pipeline([sql])[0]
    }

    /// Runs statements without a decision between them in one round trip; the touched rows of each.
    @discardableResult
    package func pipeline(_ statements: [SQL]) throws -> [Int] {
        var counts = [Int](repeating: 0, count: statements.count)
        try deadline.check()
        try connection.run(statements) { index, answer in counts[index] = answer.affected }
        return counts
    }

    /// Statements of program text, separated by semicolons: DDL of a migration or a temporary table.
    package func script(_ text: String) throws {
        try flushPreamble()
        try connection.script(text)
    }

    /// `COPY table (columns) FROM STDIN (FORMAT binary)`: streams rows with constant memory; returns their number.
    @discardableResult
    package func copy(into target: StaticString, rows: (inout BinaryCopy) throws -> Void) throws -> Int {
        try connection.copyBegin("COPY \(target) FROM STDIN (FORMAT binary)")
        var copy = BinaryCopy(connection: connection)
        do {
            try rows(&copy)
            try copy.finish()
        } catch {
            _ = try? connection.copyEnd(abortingBecause: "the source of the rows failed")
            throw error
        }
        return try connection.copyEnd()
    }

    private func flushPreamble() throws {
        guard connection.hasUnsentPreamble else { return }
        try connection.run([]) { _, _ in }
    }
}
