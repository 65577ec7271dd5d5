import Kernel

/// How much of one account's part of a redemption a return gives back: in proportion to the discounted quantity that came
/// back so far, cumulatively rounded down, so that a full return gives back exactly all (DOMAIN 6 and 8).
package struct ReturnShare: Sendable, Hashable {
    package let discountMinor: Int64
    package let feeMinor: Int64
    /// To the wallet that bore what no budget paid.
    package let borneMinor: Int64

    package var isNothing: Bool { discountMinor == 0 && feeMinor == 0 && borneMinor == 0 }

    package init(discountMinor: Int64, feeMinor: Int64, borneMinor: Int64 = 0) {
        self.discountMinor = discountMinor
        self.feeMinor = feeMinor
        self.borneMinor = borneMinor
    }

    /// `paid`: what the wallet paid; `before`: what came back of it; `returnedMilli` of `discountedMilli` came back in all.
    package init(paid: ReturnShare, before: ReturnShare, returnedMilli: Int64, of discountedMilli: Int64) {
        precondition(discountedMilli > 0 && (0...discountedMilli).contains(returnedMilli), "more came back than was discounted")
        let part = { (whole: Int64) in Int64(Int128(whole) * Int128(returnedMilli) / Int128(discountedMilli)) }
        discountMinor = max(0, part(paid.discountMinor) - before.discountMinor)
        feeMinor = max(0, part(paid.feeMinor) - before.feeMinor)
        borneMinor = max(0, part(paid.borneMinor) - before.borneMinor)
    }

    /// The discounted quantity among what came back of a line in all: undiscounted units come back first, unless the
    /// refunded amount proves otherwise.
    package static func discountedReturned(
        returnedMilli: Int64, lineMilli: Int64, discountedMilli: Int64, provenDiscounted: Int64 = 0
    ) -> Int64 {
        let undiscounted = max(0, lineMilli - discountedMilli)
        return min(discountedMilli, max(provenDiscounted, returnedMilli - undiscounted, 0))
    }
}
