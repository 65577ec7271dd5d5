/// A percentage as an integer of hundredths of a percent: 0 to 10 000.
@frozen package struct BasisPoints: Hashable, Sendable, Comparable {
    @inlinable package static var whole: Int32 { 10_000 }

    package let value: Int32

    @inlinable package init?(_ value: Int32) {
        guard (0...Self.whole).contains(value) else { return nil }
        self.value = value
    }

    /// A value that PostgreSQL gave back: its CHECK holds it within range.
    @inlinable package init(stored value: Int32) {
        precondition((0...Self.whole).contains(value), "basis points out of range")
        self.value = value
    }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    /// This share of an amount of minor units, rounded half up (DOMAIN 3 and 6). `amount` must not be negative.
    @inlinable package func halfUp(of amount: Int64) -> Int64 {
        precondition(amount >= 0, "a share of a negative amount")
        return Int64((Int128(amount) * Int128(value) + 5_000) / 10_000)
    }

    /// This share of an amount of minor units, rounded down. `amount` must not be negative.
    @inlinable package func floor(of amount: Int64) -> Int64 {
        precondition(amount >= 0, "a share of a negative amount")
        return Int64(Int128(amount) * Int128(value) / 10_000)
    }
}
