package import Kernel

/// A type of PostgreSQL and the type of its arrays, by object id (`src/include/catalog/pg_type.dat`).
package struct SQLType: Sendable {
    package let oid: UInt32
    package let arrayOID: UInt32

    package static let bool = SQLType(oid: 16, arrayOID: 1000)
    package static let bytea = SQLType(oid: 17, arrayOID: 1001)
    package static let int8 = SQLType(oid: 20, arrayOID: 1016)
    package static let int4 = SQLType(oid: 23, arrayOID: 1007)
    package static let text = SQLType(oid: 25, arrayOID: 1009)
    package static let date = SQLType(oid: 1082, arrayOID: 1182)
    package static let timestamptz = SQLType(oid: 1184, arrayOID: 1185)
    package static let uuid = SQLType(oid: 2950, arrayOID: 2951)
    package static let jsonb = SQLType(oid: 3802, arrayOID: 3807)
}

/// A value that can be sent to PostgreSQL in its binary format.
package protocol SQLEncodable: Sendable {
    static var sqlType: SQLType { get }
    func encode(into bytes: inout [UInt8])
}

/// A value that can be read from PostgreSQL's binary format. Throws where the bytes are not of this type.
package protocol SQLDecodable: Sendable {
    init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault)
}

package typealias SQLCodable = SQLEncodable & SQLDecodable

/// The program asked for a type that the column does not have: a programmer's error that a test must find.
package struct DecodingFault: Error {
    package let expected: String
    package let byteCount: Int
}

extension Int64: SQLCodable {
    package static var sqlType: SQLType { .int8 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        switch bytes.count {
        case 8: self = unsafe Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case 4: self = unsafe Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 2: self = unsafe Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        default: throw DecodingFault(expected: "integer", byteCount: bytes.count)
        }
    }
}

extension Int32: SQLCodable {
    package static var sqlType: SQLType { .int4 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard bytes.count <= 4 else { throw DecodingFault(expected: "int4", byteCount: bytes.count) }
        self = Int32(try unsafe Int64(sql: bytes))
    }
}

extension Int: SQLCodable {
    package static var sqlType: SQLType { .int8 }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self = Int(try unsafe Int64(sql: bytes)) }
}

extension Bool: SQLCodable {
    package static var sqlType: SQLType { .bool }
    package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard bytes.count == 1 else { throw DecodingFault(expected: "bool", byteCount: bytes.count) }
        self = unsafe bytes[0] != 0
    }
}

extension String: SQLCodable {
    package static var sqlType: SQLType { .text }
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self = unsafe String(decoding: bytes, as: UTF8.self) }
}

extension Identifier: SQLCodable {
    package static var sqlType: SQLType { .uuid }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int64(bitPattern: high))
        bytes.append(bigEndian: Int64(bitPattern: low))
    }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard bytes.count == 16 else { throw DecodingFault(expected: "uuid", byteCount: bytes.count) }
        self = unsafe Identifier(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension TypedID: SQLCodable {
    package static var sqlType: SQLType { .uuid }
    package func encode(into bytes: inout [UInt8]) { value.encode(into: &bytes) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self.init(try unsafe Identifier(sql: bytes)) }
}

extension ExternalID: SQLCodable {
    package static var sqlType: SQLType { .text }
    package func encode(into bytes: inout [UInt8]) { text.encode(into: &bytes) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self.init(stored: try unsafe String(sql: bytes)) }
}

extension Asset: SQLCodable {
    package static var sqlType: SQLType { .text }
    package func encode(into bytes: inout [UInt8]) { code.encode(into: &bytes) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self.init(stored: try unsafe String(sql: bytes)) }
}

extension BasisPoints: SQLCodable {
    package static var sqlType: SQLType { .int4 }
    package func encode(into bytes: inout [UInt8]) { value.encode(into: &bytes) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { self.init(stored: try unsafe Int32(sql: bytes)) }
}

/// `timestamptz` counts microseconds, and `date` days, from 2000-01-01.
private enum Epoch {
    static let days: Int32 = 10_957
    static let microseconds: Int64 = 946_684_800_000_000
}

extension Instant: SQLCodable {
    package static var sqlType: SQLType { .timestamptz }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: microseconds - Epoch.microseconds) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard bytes.count == 8 else { throw DecodingFault(expected: "timestamptz", byteCount: bytes.count) }
        self.init(microseconds: try unsafe Int64(sql: bytes) + Epoch.microseconds)
    }
}

extension BusinessDay: SQLCodable {
    package static var sqlType: SQLType { .date }
    package func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: daysSince1970 - Epoch.days) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard bytes.count == 4 else { throw DecodingFault(expected: "date", byteCount: bytes.count) }
        self.init(daysSince1970: try unsafe Int32(sql: bytes) + Epoch.days)
    }
}

/// Raw bytes: `bytea`.
package struct Bytes: SQLCodable, Hashable {
    package let array: [UInt8]

    package init(_ array: [UInt8]) { self.array = array }

    package static var sqlType: SQLType { .bytea }
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: array) }
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { array = unsafe Array(bytes) }
}

/// A JSON text: `jsonb`, whose binary format is the text after a version byte 1.
package struct JSONB: SQLCodable, Hashable {
    package let text: [UInt8]

    package init(_ text: [UInt8]) { self.text = text }

    package static var sqlType: SQLType { .jsonb }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(1)
        bytes.append(contentsOf: text)
    }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard unsafe bytes.first == 1 else { throw DecodingFault(expected: "jsonb", byteCount: bytes.count) }
        text = unsafe Array(bytes.dropFirst())
    }
}

/// An enumeration whose raw text is stored, as the CHECK of its column allows: conform to get both ways for free.
package protocol SQLWord: SQLCodable, RawRepresentable where RawValue == String {}

extension SQLWord {
    package static var sqlType: SQLType { .text }
    package func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        guard let value = Self(rawValue: try unsafe String(sql: bytes)) else {
            throw DecodingFault(expected: "\(Self.self)", byteCount: bytes.count)
        }
        self = value
    }
}
