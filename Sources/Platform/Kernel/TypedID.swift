/// What a typed id names; its prefix is the first part of the public form, `campaign_01j...`.
package protocol IDKind: Sendable {
    static var prefix: String { get }
}

/// An id of ours that says what it names: a UUIDv7, stored as `uuid`, shown in the public TypeID format
/// (https://github.com/jetify-com/typeid, version 0.3): prefix, underscore, 26 characters of Crockford base 32.
@frozen package struct TypedID<Kind: IDKind>: Hashable, Sendable, Comparable {
    package let value: Identifier

    @inlinable package init(_ value: Identifier) { self.value = value }

    package init(at instant: Instant, random: (UInt64, UInt64)) {
        value = Identifier(at: instant, random: random)
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension TypedID: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { "\(Kind.prefix)_\(CrockfordBase32.text(of: value))" }

    /// Parses the public form; nil where the prefix, the length or a character is not of this kind.
    package init?(_ text: String) {
        let prefix = "\(Kind.prefix)_".utf8
        let bytes = Array(text.utf8)
        guard bytes.starts(with: prefix), let value = CrockfordBase32.identifier(in: bytes.dropFirst(prefix.count)) else {
            return nil
        }
        self.init(value)
    }
}

/// The lower-case Crockford alphabet of TypeID: no i, l, o, u; 26 characters for 128 bits, the first at most 7.
enum CrockfordBase32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func text(of value: Identifier) -> String {
        let whole = UInt128(value.high) << 64 | UInt128(value.low)
        let characters = (0..<26).map { alphabet[Int(truncatingIfNeeded: whole >> UInt128(5 * (25 - $0)) & 31)] }
        return String(decoding: characters, as: UTF8.self)
    }

    static func identifier(in characters: ArraySlice<UInt8>) -> Identifier? {
        guard characters.count == 26, let first = characters.first, first <= UInt8(ascii: "7") else { return nil }
        var whole: UInt128 = 0
        for character in characters {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            whole = whole << 5 | UInt128(digit)
        }
        return Identifier(high: UInt64(whole >> 64), low: UInt64(truncatingIfNeeded: whole))
    }
}
