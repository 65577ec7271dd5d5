package import Kernel

/// What is left of a running campaign's money, from the counters of its accounts. `0 <= available + reserved <= budget`.
package struct CampaignBudget: Sendable, Hashable {
    package let budgetMinor: Int64
    /// Kept by quotes; it may come back.
    package let reservedMinor: Int64
    package let availableMinor: Int64
    /// What each wallet's account may still pay if every quote came to nothing, in the order of the funding.
    package let rest: [Int64]

    package init(budgetMinor: Int64, reservedMinor: Int64, availableMinor: Int64, rest: [Int64]? = nil) {
        self.budgetMinor = budgetMinor
        self.reservedMinor = reservedMinor
        self.availableMinor = availableMinor
        self.rest = rest ?? [availableMinor + reservedMinor]
    }

    /// Whether so much is spent or kept that no new shopper is shown the offer: `stop_publishing_bp` of the policy.
    package func hasReached(_ stopPublishing: BasisPoints) -> Bool {
        let gone = Int128(budgetMinor) - Int128(availableMinor)
        return gone * 10_000 >= Int128(budgetMinor) * Int128(stopPublishing.value)
    }

    /// What may still be paid if every quote came to nothing.
    package var restMinor: Int64 { availableMinor + reservedMinor }
}
