/// The binary format of a one-dimensional array: dimensions, a null flag, the element's type, length, lower bound,
/// then each element after its length (`array_send` in PostgreSQL's arrayfuncs.c).
enum ArrayFormat {
    static func writeHeader(count: Int, hasNull: Bool, element: SQLType, into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int32(count == 0 ? 0 : 1))
        bytes.append(bigEndian: Int32(hasNull ? 1 : 0))
        bytes.append(bigEndian: Int32(bitPattern: element.oid))
        guard count > 0 else { return }
        bytes.append(bigEndian: Int32(count))
        bytes.append(bigEndian: Int32(1))
    }

    /// An element after its length, which is filled in once known.
    static func write(_ value: some SQLEncodable, into bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(bigEndian: Int32(0))
        value.encode(into: &bytes)
        bytes.fillLength(at: start)
    }

    /// A whole array, without its length.
    static func write<Value: SQLEncodable>(array values: [Value], into bytes: inout [UInt8]) {
        writeHeader(count: values.count, hasNull: false, element: Value.sqlType, into: &bytes)
        for value in values { write(value, into: &bytes) }
    }

    /// The same with NULL for nil.
    static func write<Value: SQLEncodable>(nullableArray values: [Value?], into bytes: inout [UInt8]) {
        let hasNull = values.contains { $0 == nil }
        writeHeader(count: values.count, hasNull: hasNull, element: Value.sqlType, into: &bytes)
        for value in values {
            if let value { write(value, into: &bytes) } else { bytes.append(bigEndian: Int32(-1)) }
        }
    }

    static func read<Element: SQLDecodable>(_ bytes: UnsafeRawBufferPointer) throws(DecodingFault) -> [Element?] {
        let count = try unsafe count(in: bytes)
        var elements: [Element?] = []
        elements.reserveCapacity(count)
        var offset = elementsStart
        for _ in 0..<count { elements.append(try unsafe next(in: bytes, &offset)) }
        return elements
    }

    /// The same without NULL, in one piece: arrays of numbers are read by the million.
    static func readWhole<Element: SQLDecodable>(_ bytes: UnsafeRawBufferPointer) throws(DecodingFault) -> [Element] {
        let count = try unsafe count(in: bytes)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var offset = elementsStart
        for _ in 0..<count {
            guard let element: Element = try unsafe next(in: bytes, &offset) else {
                throw DecodingFault(expected: "array without NULL", byteCount: bytes.count)
            }
            elements.append(element)
        }
        return elements
    }

    private static var elementsStart: Int { 20 }

    private static func count(in bytes: UnsafeRawBufferPointer) throws(DecodingFault) -> Int {
        guard bytes.count >= 12 else { throw DecodingFault(expected: "array", byteCount: bytes.count) }
        let dimensions = unsafe Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
        guard dimensions > 0 else { return 0 }
        guard dimensions == 1 else { throw DecodingFault(expected: "array of one dimension", byteCount: bytes.count) }
        return unsafe Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self)))
    }

    private static func next<Element: SQLDecodable>(
        in bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(DecodingFault) -> Element? {
        let length = unsafe Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        offset += 4
        guard length >= 0 else { return nil }
        defer { offset += length }
        return try unsafe Element(sql: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
    }
}

extension Array: SQLDecodable where Element: SQLDecodable {
    /// An array column without NULL in it.
    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) {
        self = try unsafe ArrayFormat.readWhole(bytes)
    }
}

/// An array column that may hold NULL.
package struct NullableArray<Element: SQLDecodable>: SQLDecodable {
    package let elements: [Element?]

    package init(sql bytes: UnsafeRawBufferPointer) throws(DecodingFault) { elements = try unsafe ArrayFormat.read(bytes) }
}

extension [UInt8] {
    /// Network byte order, at one stroke: byte by byte it took a tenth of an import's time.
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    /// Writes how many bytes follow a place of four bytes into it.
    mutating func fillLength(at start: Int) {
        let length = UInt32(count - start - 4).bigEndian
        unsafe withUnsafeMutableBytes { unsafe $0.storeBytes(of: length, toByteOffset: start, as: UInt32.self) }
    }
}
