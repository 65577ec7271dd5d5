import CLibpq

/// One row of an answer, read column by column in the order of the SELECT list. Lives only inside the closure it is given to.
@safe package struct Row: ~Copyable {
    private let result: OpaquePointer
    private let index: Int32
    private var column: Int32 = 0

    init(result: OpaquePointer, index: Int32) {
        unsafe self.result = unsafe result
        self.index = index
    }

    /// The next column, which must not be NULL.
    package mutating func next<Value: SQLDecodable>(_ type: Value.Type = Value.self) throws(DatabaseError) -> Value {
        guard let value: Value = try nextOptional() else { throw .decoding("column \(column - 1) is NULL") }
        return value
    }

    /// The next column; NULL is nil.
    package mutating func nextOptional<Value: SQLDecodable>(_ type: Value.Type = Value.self) throws(DatabaseError) -> Value? {
        defer { column += 1 }
        guard unsafe PQgetisnull(result, index, column) == 0 else { return nil }
        let length = unsafe Int(PQgetlength(result, index, column))
        do {
            return try unsafe Value(sql: UnsafeRawBufferPointer(start: PQgetvalue(result, index, column), count: length))
        } catch {
            throw .decoding("column \(column): expected \(error.expected), found \(error.byteCount) bytes")
        }
    }
}
