/// The unit in which an account counts: an ISO 4217 code such as `RUB`, later `points:compliment`.
package struct Asset: Hashable, Sendable, CustomStringConvertible {
    package static let lengthMax = 32

    package let code: String

    /// nil unless 1 to 32 characters of `A-Z a-z 0-9 : _ -`.
    package init?(_ code: String) {
        guard (1...Self.lengthMax).contains(code.utf8.count), code.utf8.allSatisfy(Self.allows) else { return nil }
        self.code = code
    }

    package init(stored code: String) { self.code = code }

    package var description: String { code }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// An amount in minor units (kopecks, cents) of one asset. Never a floating point number.
///
/// Amounts are parsed at the edge within `bound`, so that sums of millions of them stay inside 64 bits; arithmetic
/// traps on overflow and on mixed assets, both being programmers' errors.
@frozen package struct Money: Hashable, Sendable {
    /// The largest amount that a request may name, in minor units: ten million million major units of a currency with cents.
    @inlinable package static var bound: Int64 { 1_000_000_000_000_000 }

    package let minor: Int64
    package let asset: Asset

    @inlinable package init(minor: Int64, asset: Asset) {
        self.minor = minor
        self.asset = asset
    }

    @inlinable package static func + (left: Money, right: Money) -> Money {
        precondition(left.asset == right.asset, "amounts of two assets were added")
        return Money(minor: left.minor + right.minor, asset: left.asset)
    }

    @inlinable package static func - (left: Money, right: Money) -> Money {
        precondition(left.asset == right.asset, "amounts of two assets were subtracted")
        return Money(minor: left.minor - right.minor, asset: left.asset)
    }
}
