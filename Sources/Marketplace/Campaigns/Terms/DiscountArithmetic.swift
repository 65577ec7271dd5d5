package import Kernel

/// What a reward is worth on one unit at a base price: exact, in minor units (DOMAIN 2 and 3).
extension Reward {
    /// The discount on one unit of this base price, before caps; a fixed price above the base gives nothing.
    package func discount(atBase base: Int64) -> Int64 {
        switch self {
        case .percentOff(let share): share.halfUp(of: base)
        case .amountOff(let minor): min(minor, base)
        case .fixedPrice(let minor): max(base - minor, 0)
        // What a unit bears on the average; of a set by its price or amount, what all of it would.
        case .basket(let reward): reward.nearest.discount(atBase: base)
        }
    }

    /// The depth as a share of the base price, rounded up: what is a hair deeper than allowed is deeper.
    package func depth(atBase base: Int64) -> BasisPoints {
        if case .basket(let reward) = self { return reward.nearest.depth(atBase: base) }
        if case .percentOff(let share) = self { return share }
        guard base > 0 else { return BasisPoints(stored: 0) }
        let depth = (Int128(discount(atBase: base)) * 10_000 + Int128(base) - 1) / Int128(base)
        return BasisPoints(stored: Int32(depth))
    }

    /// Where an author names no bound: the discount at the recorded price and 10 % more, rounded half up.
    package func defaultDiscountMax(atBase base: Int64) -> Int64 {
        Int64((Int128(discount(atBase: base)) * 11 + 5) / 10)
    }
}
