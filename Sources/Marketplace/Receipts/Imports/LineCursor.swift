import Kernel

/// Walks over the bytes of one JSON text. Every taker returns nil at anything out of the ordinary (an escape, a letter
/// beyond ASCII, a fraction): the caller then gives the line to the general parser, which knows what it means.
struct LineCursor {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    private let end: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
        end = bytes.endIndex
    }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return index == end
        }
    }

    /// Takes a byte, if it is next after space.
    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < end, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// A string of printable ASCII without escapes, of 0 to 128 bytes.
    mutating func text() -> ArraySlice<UInt8>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = index
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                defer { index += 1 }
                return index - start <= ExternalID.bytesMax ? bytes[start..<index] : nil
            }
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            index += 1
        }
        return nil
    }

    /// A name of a member with its colon.
    mutating func name() -> String? {
        guard let text = text(), take(UInt8(ascii: ":")) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    mutating func string() -> String? { text().map { String(decoding: $0, as: UTF8.self) } }

    mutating func externalID() -> ExternalID? {
        guard let text = text(), !text.isEmpty else { return nil }
        return ExternalID(stored: String(decoding: text, as: UTF8.self))
    }

    /// An integer of at most 18 digits within a range.
    mutating func integer(in range: ClosedRange<Int64>) -> Int64? {
        skipSpace()
        let isNegative = take(UInt8(ascii: "-"))
        let start = index
        var value: Int64 = 0
        while index < end, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
            value = value &* 10 &+ Int64(digit)
            index += 1
            guard index - start <= 18 else { return nil }
        }
        guard index > start, bytes[start] != UInt8(ascii: "0") || index - start == 1, !isFraction else { return nil }
        let number = isNegative ? -value : value
        return range.contains(number) ? number : nil
    }

    mutating func bool() -> Bool? {
        skipSpace()
        if bytes[index..<end].starts(with: "true".utf8) {
            index += 4
            return true
        }
        guard bytes[index..<end].starts(with: "false".utf8) else { return nil }
        index += 5
        return false
    }

    private var isFraction: Bool {
        guard index < end else { return false }
        return [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[index])
    }

    private mutating func skipSpace() {
        while index < end, case let byte = bytes[index], byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            index += 1
        }
    }
}
