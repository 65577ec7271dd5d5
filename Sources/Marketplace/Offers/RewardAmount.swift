package import Campaigns
import Kernel

/// What one campaign's reward takes off a price: the arithmetic of DOMAIN 2 and 3, without limits and money. Offers show
/// with it and the till is quoted with it, so that what was shown is what is paid.
///
/// Pieces whose base amount divides by their number are discounted by the unit, so that equal pieces cost the same;
/// anything else is computed once on the line. The result is never more than the base, the cap, or what the minimum price
/// leaves.
package struct RewardAmount: Sendable, Hashable {
    package let units: Int64
    package let amountMinor: Int64

    package init(units: Int64, amountMinor: Int64) {
        self.units = units
        self.amountMinor = amountMinor
    }

    /// The policy's and the price zone's part of the arithmetic.
    package struct Rules: Sendable, Hashable {
        /// Prices after a percentage are multiples of this, in the shopper's favour. Minor units, at least 1.
        package var priceStepMinor: Int64 = 1
        /// The lowest price of one unit (piece, kg, l, m); nil: nothing bounds it but zero.
        package var minimumUnitPriceMinor: Int64?
        /// Below the minimum: clip the discount, or withhold it.
        package var clipsAtMinimum = true

        package init(priceStepMinor: Int64 = 1, minimumUnitPriceMinor: Int64? = nil, clipsAtMinimum: Bool = true) {
            self.priceStepMinor = priceStepMinor
            self.minimumUnitPriceMinor = minimumUnitPriceMinor
            self.clipsAtMinimum = clipsAtMinimum
        }
    }

    /// Why a reward takes nothing off a line.
    package enum Nothing: Error, Hashable {
        case closed, noQuantity, noBenefit, priceMoved, notAllowedAtThisPrice
    }

    /// The discount on `units` that are priced as this part says; `part.copies` times its discount.
    package static func on(
        _ part: PricedPart, units: Int64, reward: Reward, terms: CampaignProductTerms, rules: Rules
    ) throws(Nothing) -> RewardAmount {
        let wanted = reward.discount(on: part, priceStep: rules.priceStepMinor)
        let capped = try capped(wanted, part, reward, terms)
        let allowed = try bounded(capped, part, rules)
        guard allowed > 0 else { throw .noBenefit }
        return RewardAmount(units: units, amountMinor: allowed * part.copies)
    }

    /// `discount_max_per_unit`: a percentage or an amount is capped, a fixed price withheld.
    private static func capped(
        _ wanted: Int64, _ part: PricedPart, _ reward: Reward, _ terms: CampaignProductTerms
    ) throws(Nothing) -> Int64 {
        let most = part.scaled(terms.discountMaxPerUnitMinor)
        guard wanted > most else { return wanted }
        if case .fixedPrice = reward { throw .priceMoved }
        return most
    }

    /// Never below the minimum price, whatever stacks.
    private static func bounded(_ wanted: Int64, _ part: PricedPart, _ rules: Rules) throws(Nothing) -> Int64 {
        let lowest = rules.minimumUnitPriceMinor.map(part.scaledUp) ?? 0
        let most = max(0, part.baseMinor - lowest)
        guard wanted > most else { return wanted }
        guard rules.clipsAtMinimum, most > 0 else { throw .notAllowedAtThisPrice }
        return most
    }
}

/// The part of a line that is priced once: one piece of several equal ones (`copies` of it), or the whole of the line.
package struct PricedPart: Sendable, Hashable {
    package let baseMinor: Int64
    package let quantityMilli: Int64
    package let copies: Int64

    package init(baseMinor: Int64, quantityMilli: Int64, copies: Int64) {
        self.baseMinor = baseMinor
        self.quantityMilli = quantityMilli
        self.copies = copies
    }

    /// One unit: a piece, a kilogram, a litre, a metre.
    package init(oneUnitAt baseMinor: Int64) { self.init(baseMinor: baseMinor, quantityMilli: 1000, copies: 1) }

    /// An amount for one unit, for this quantity, half up. Both may be the largest that a request names: what leaves 64
    /// bits is more than any base.
    package func scaled(_ perUnit: Int64) -> Int64 {
        Int64(clamping: (Int128(perUnit) * Int128(quantityMilli) + 500) / 1000)
    }

    /// An amount for one unit, for this quantity, rounded up: for bounds from below.
    package func scaledUp(_ perUnit: Int64) -> Int64 {
        Int64(clamping: (Int128(perUnit) * Int128(quantityMilli) + 999) / 1000)
    }
}

extension Reward {
    /// What the reward takes off a part by itself, whatever bounds it. Never negative, never more than its base.
    package func discount(on part: PricedPart, priceStep: Int64) -> Int64 {
        switch self {
        case .percentOff(let share):
            let price = part.baseMinor - share.halfUp(of: part.baseMinor)
            return part.baseMinor - price / priceStep * priceStep
        case .amountOff(let minor): return min(part.baseMinor, part.scaled(minor))
        case .fixedPrice(let minor): return max(0, part.baseMinor - part.scaled(minor))
        // On the average; of a set at a price or with an amount no part says what it will be.
        case .basket(let reward):
            guard case .percentOff = reward.nearest else { return 0 }
            return reward.nearest.discount(on: part, priceStep: priceStep)
        }
    }
}
