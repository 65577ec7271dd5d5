/// Writes rows in the binary format of COPY: a signature, then for each row the number of its fields and each field
/// after its length (PostgreSQL documentation, COPY, "Binary Format").
package struct BinaryCopy {
    /// Bytes collected before they are handed to libpq.
    static let chunkBytes = 64 * 1024

    private let connection: Connection
    private var buffer: [UInt8]

    init(connection: Connection) {
        self.connection = connection
        buffer = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
        buffer.reserveCapacity(Self.chunkBytes + 4096)
    }

    /// Starts a row of so many fields; then `field` exactly so often.
    package mutating func row(fields: Int16) throws {
        if buffer.count >= Self.chunkBytes { try flush() }
        buffer.append(bigEndian: fields)
    }

    package mutating func field(_ value: some SQLEncodable) { ArrayFormat.write(value, into: &buffer) }

    package mutating func field(_ value: (some SQLEncodable)?) {
        if let value { field(value) } else { buffer.append(bigEndian: Int32(-1)) }
    }

    /// An array field.
    package mutating func field<Value: SQLEncodable>(array values: [Value]) {
        let start = buffer.count
        buffer.append(bigEndian: Int32(0))
        ArrayFormat.write(array: values, into: &buffer)
        buffer.fillLength(at: start)
    }

    /// An array field that may hold NULL.
    package mutating func field<Value: SQLEncodable>(nullableArray values: [Value?]) {
        let start = buffer.count
        buffer.append(bigEndian: Int32(0))
        ArrayFormat.write(nullableArray: values, into: &buffer)
        buffer.fillLength(at: start)
    }

    mutating func finish() throws {
        buffer.append(bigEndian: Int16(-1))
        try flush()
    }

    private mutating func flush() throws {
        try connection.copyData(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
