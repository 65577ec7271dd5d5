/// A statement and its values. Interpolation binds: `"... WHERE id = \(id)"` sends `$1` and the value apart, so that
/// no value is ever part of the text. `\(fragment: sql)` splices another statement; `\(raw: "...")` takes program text only.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    var text: String
    var binds: [Bind]

    package init(stringLiteral value: String) {
        text = value
        binds = []
    }

    package init(stringInterpolation interpolation: StringInterpolation) {
        text = interpolation.text
        binds = interpolation.binds
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var binds: [Bind] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            binds.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some SQLEncodable) { append(Bind(value)) }

        package mutating func appendInterpolation<Value: SQLEncodable>(_ value: Value?) {
            append(value.map { Bind($0) } ?? Bind(nullOf: Value.sqlType.oid))
        }

        /// One array parameter, for `= ANY(...)` and `unnest(...)`.
        package mutating func appendInterpolation<Value: SQLEncodable>(_ values: [Value]) { append(Bind(array: values)) }

        /// One array parameter that may hold NULL.
        package mutating func appendInterpolation<Value: SQLEncodable>(_ values: [Value?]) {
            append(Bind(nullableArray: values))
        }

        /// One array parameter, or NULL.
        package mutating func appendInterpolation<Value: SQLEncodable>(_ values: [Value]?) {
            append(values.map { Bind(array: $0) } ?? Bind(nullOf: Value.sqlType.arrayOID))
        }

        package mutating func appendInterpolation(raw text: StaticString) { self.text += "\(text)" }

        package mutating func appendInterpolation(fragment: SQL) {
            text += fragment.text(numberedFrom: binds.count)
            binds += fragment.binds
        }

        private mutating func append(_ bind: Bind) {
            binds.append(bind)
            text += "$\(binds.count)"
        }
    }
}

extension SQL {
    /// `a AND b AND c`.
    package static func joined(_ parts: [SQL], separator: StaticString) -> SQL {
        var whole: SQL = ""
        for (index, part) in parts.enumerated() {
            whole = index == 0 ? part : "\(fragment: whole)\(raw: separator)\(fragment: part)"
        }
        return whole
    }

    /// The text with `$1` counted on from `offset`, for splicing into a statement that has so many values before it.
    func text(numberedFrom offset: Int) -> String {
        guard offset > 0, !binds.isEmpty else { return text }
        var renumbered: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next {
            next = bytes.next()
            renumbered.append(byte)
            guard byte == UInt8(ascii: "$"), let first = next, isDigit(first) else { continue }
            var number = 0
            while let digit = next, isDigit(digit) {
                number = number * 10 + Int(digit - UInt8(ascii: "0"))
                next = bytes.next()
            }
            renumbered += Array(String(number + offset).utf8)
        }
        return String(decoding: renumbered, as: UTF8.self)
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

/// One value on its way to PostgreSQL, in its binary format. Nil bytes are NULL.
struct Bind: Sendable {
    let oid: UInt32
    let bytes: [UInt8]?

    init<Value: SQLEncodable>(_ value: Value) {
        var bytes: [UInt8] = []
        value.encode(into: &bytes)
        oid = Value.sqlType.oid
        self.bytes = bytes
    }

    init(nullOf oid: UInt32) {
        self.oid = oid
        bytes = nil
    }

    init<Value: SQLEncodable>(array values: [Value]) {
        var bytes: [UInt8] = []
        ArrayFormat.write(array: values, into: &bytes)
        oid = Value.sqlType.arrayOID
        self.bytes = bytes
    }

    init<Value: SQLEncodable>(nullableArray values: [Value?]) {
        var bytes: [UInt8] = []
        ArrayFormat.write(nullableArray: values, into: &bytes)
        oid = Value.sqlType.arrayOID
        self.bytes = bytes
    }
}
