/// 128 bits that name a thing: a UUID, compared as PostgreSQL compares `uuid`, byte by byte.
@frozen package struct Identifier: Hashable, Sendable, Comparable {
    package let high: UInt64
    package let low: UInt64

    @inlinable package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A UUIDv7 (RFC 9562, 5.7): milliseconds since 1970 in the first 48 bits, then 74 random bits.
    package init(at instant: Instant, random: (UInt64, UInt64)) {
        let millis = UInt64(max(0, instant.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
        high = millis << 16 | 0x7000 | random.0 & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    }

    @inlinable package static func < (left: Identifier, right: Identifier) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

extension Identifier {
    /// The 16 bytes, most significant first.
    package var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 % 8))) }
    }

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let word = { (part: any Collection<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(high: word(Array(bytes.prefix(8))), low: word(Array(bytes.suffix(8))))
    }
}

extension Identifier: CustomStringConvertible {
    /// The form of RFC 9562, for SQL literals and logs: `018f4c4e-...`.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
