import Kernel

/// What the money that a shopper got back for a line says of which units came back (DOMAIN 8). Amounts are of the whole line,
/// or of all that came back of it.
package struct RefundProof: Sendable, Hashable {
    package let baseMinor: Int64
    package let refundedMinor: Int64
    /// What the till took off by the redemption's campaign, and by all campaigns.
    package let claimedMinor: Int64
    package let claimedOnLineMinor: Int64

    package init(baseMinor: Int64, refundedMinor: Int64, claimedMinor: Int64, claimedOnLineMinor: Int64) {
        self.baseMinor = baseMinor
        self.refundedMinor = refundedMinor
        self.claimedMinor = claimedMinor
        self.claimedOnLineMinor = claimedOnLineMinor
    }

    /// Whole discounted pieces among `returnedMilli` of a line: so much less was refunded than undiscounted ones cost. Where
    /// several campaigns took something off, less money proves nothing of one of them.
    package func discountedMilli(returnedMilli: Int64, lineMilli: Int64, discountedMilli: Int64) -> Int64 {
        guard claimedMinor > 0, claimedMinor == claimedOnLineMinor, lineMilli > 0 else { return 0 }
        let missing = Int128(baseMinor) * Int128(returnedMilli) - Int128(refundedMinor) * Int128(lineMilli)
        guard missing > 0 else { return 0 }
        let pieces = missing / Int128(lineMilli) * Int128(discountedMilli) / Int128(claimedMinor) / 1000
        return min(Int64(clamping: pieces * 1000), returnedMilli, discountedMilli)
    }
}
