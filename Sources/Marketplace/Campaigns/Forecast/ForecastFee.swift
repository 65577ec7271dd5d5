package import Kernel

/// The fee that a forecast expects of discounts: the agreement's rate, on the supplier's part of them alone (DOMAIN 6).
package struct ForecastFee: Sendable, Hashable {
    private let rate: BasisPoints
    private let supplierShare: BasisPoints

    /// A supplier that pays each discount alone has the whole as its share.
    package init(rate: BasisPoints, supplierShare: BasisPoints) {
        self.rate = rate
        self.supplierShare = supplierShare
    }

    /// Minor units, half up, of a sum of discounts in minor units.
    package func of(_ discounts: Int64) -> Int64 { rate.halfUp(of: supplierShare.floor(of: discounts)) }

    /// The largest sum of discounts that a budget pays with its fee; minor units.
    package func largestDiscounts(within budget: Int64) -> Int64 {
        let whole = Int128(BasisPoints.whole)
        let feeParts = Int128(rate.value) * Int128(supplierShare.value)
        var discounts = Int64(Int128(budget) * whole * whole / (whole * whole + feeParts))
        // Rounding may let it go one further, or one too far.
        while discounts + of(discounts) > budget { discounts -= 1 }
        while discounts + 1 + of(discounts + 1) <= budget { discounts += 1 }
        return discounts
    }
}
