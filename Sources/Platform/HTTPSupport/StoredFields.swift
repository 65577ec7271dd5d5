import JSONText
package import Postgres

/// Columns of JSON that were checked on their way in; one that cannot be read is our fault, not the caller's.
extension Row {
    package mutating func nextStored<Value>(_ read: (Fields) throws -> Value) throws -> Value {
        try Self.stored(try next(), read)
    }

    /// Nil where the column is null.
    package mutating func nextStoredOptional<Value>(_ read: (Fields) throws -> Value) throws -> Value? {
        guard let json: JSONB = try nextOptional() else { return nil }
        return try Self.stored(json, read)
    }

    private static func stored<Value>(_ json: JSONB, _ read: (Fields) throws -> Value) throws -> Value {
        do {
            return try Fields.read(try JSONReader.parse(json.text), read)
        } catch {
            throw DatabaseError.decoding("a stored \(Value.self) cannot be read")
        }
    }
}
