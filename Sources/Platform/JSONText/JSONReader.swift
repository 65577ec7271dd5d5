import Kernel

/// Reads JSON (RFC 8259) from bytes, strictly: valid UTF-8, no duplicate member, bounded depth and count.
package struct JSONReader: ~Copyable {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var values = 0

    private init(_ bytes: [UInt8], _ limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    package static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes, limits)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.fault(.trailingBytes) }
        return value
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        values += 1
        guard values <= limits.valuesMax else { throw fault(.tooManyValues) }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault(.unexpectedByte)
        }
    }

    private mutating func object() throws(JSONFault) -> JSONValue {
        try enter()
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return leave(.object(members)) }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
            let name = try string()
            skipSpace()
            guard take(":") else { throw fault(.unexpectedByte) }
            let member = try value()
            // Most that have a second member have a few: no growing in steps.
            if members.count == 1 { members.reserveCapacity(6) }
            guard members.updateValue(member, forKey: name) == nil else { throw fault(.duplicateKey) }
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault(position < bytes.count ? .unexpectedByte : .unexpectedEnd) }
        return leave(.object(members))
    }

    private mutating func array() throws(JSONFault) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return leave(.array(elements)) }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault(position < bytes.count ? .unexpectedByte : .unexpectedEnd) }
        return leave(.array(elements))
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = position
        let isNegative = take("-")
        var magnitude: UInt64? = 0
        if take("0") {
            guard !isDigit else { throw fault(.badNumber) }
        } else {
            guard isDigit else { throw fault(.badNumber) }
            magnitude = digits()
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard isDigit else { throw fault(.badNumber) }
            skipDigits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard isDigit else { throw fault(.badNumber) }
            skipDigits()
        }
        guard position - start <= limits.numberBytesMax else { throw fault(.numberTooLong) }
        if isInteger, let magnitude, magnitude <= Int64.max.magnitude {
            return .integer(isNegative ? -Int64(magnitude) : Int64(magnitude))
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        return .decimal(text)
    }

    /// The value of some digits; nil where it has more than 64 bits.
    private mutating func digits() -> UInt64? {
        var value: UInt64? = 0
        while isDigit {
            value = value.flatMap { value in
                let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflows) = tens.addingReportingOverflow(UInt64(bytes[position] - UInt8(ascii: "0")))
                return isTooLarge || overflows ? nil : sum
            }
            position += 1
        }
        return value
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for byte in word.utf8 {
            guard position < bytes.count else { throw fault(.unexpectedEnd) }
            guard bytes[position] == byte else { throw fault(.unexpectedByte) }
            position += 1
        }
        return value
    }

    private mutating func enter() throws(JSONFault) {
        depth += 1
        guard depth <= limits.depthMax else { throw fault(.tooDeep) }
        position += 1
    }

    private mutating func leave(_ value: JSONValue) -> JSONValue {
        depth -= 1
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private var isDigit: Bool {
        position < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    }

    private mutating func skipDigits() { while isDigit { position += 1 } }

    private func fault(_ reason: JSONFault.Reason) -> JSONFault { JSONFault(reason: reason, offset: position) }
}

extension JSONReader {
    private mutating func string() throws(JSONFault) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return try text(of: bytes[start..<position])
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw fault(.badString)
            default: position += 1
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func escapedString(from start: Int) throws(JSONFault) -> String {
        var unescaped = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(of: unescaped[...])
            case UInt8(ascii: "\\"): try appendEscape(to: &unescaped)
            case 0..<0x20: throw fault(.badString)
            default: unescaped.append(byte)
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func appendEscape(to unescaped: inout [UInt8]) throws(JSONFault) {
        guard position < bytes.count else { throw fault(.unexpectedEnd) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped += Array(String(try unicodeScalar()).utf8)
        default: throw fault(.badString)
        }
    }

    /// The four digits after `\u`, and the second half of a surrogate pair.
    private mutating func unicodeScalar() throws(JSONFault) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), take("\\"), take("u") else { throw fault(.badString) }
        let second = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw fault(.badString) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONFault) -> UInt32 {
        guard position + 4 <= bytes.count else { throw fault(.unexpectedEnd) }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw fault(.badString) }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private func text(of slice: ArraySlice<UInt8>) throws(JSONFault) -> String {
        guard let text = String(wellFormed: slice) else { throw fault(.badUTF8) }
        return text
    }
}
