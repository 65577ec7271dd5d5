package import Campaigns
package import Catalogue
import Kernel

/// What one unit of a product costs, with and without an offer: minor units, VAT included.
package struct OfferPrice: Sendable, Hashable {
    package let regularMinor: Int64
    /// What the shopper pays without us, after card price and the retailer's promotions. The discount comes off it.
    package let baseMinor: Int64
    /// Of a reward on several lines together what a unit bears on the average, where that is known.
    package let discountMinor: Int64
    /// Whether a unit costs that much less by itself; else it depends on what is bought with it.
    package let isOfUnit: Bool

    package var offerMinor: Int64 { baseMinor - discountMinor }

    /// The lowest price in force is the base; where the catalogue knows none, the price recorded at submit is. Nil where
    /// neither is known. Throws where the campaign gives nothing at this price.
    package init?(
        of prices: PricesInForce, reward: Reward, terms: CampaignProductTerms, rules: RewardAmount.Rules
    ) throws(RewardAmount.Nothing) {
        let known = [prices.regular, prices.card, prices.promo].compactMap { $0 }
        guard let base = known.min() ?? terms.recordedBaseMinor else { return nil }
        regularMinor = prices.regular ?? base
        baseMinor = base
        isOfUnit = reward.basket == nil
        if isOfUnit {
            discountMinor = try RewardAmount.on(
                PricedPart(oneUnitAt: base), units: 1, reward: reward, terms: terms, rules: rules
            ).amountMinor
        } else {
            discountMinor = min(
                reward.discount(on: PricedPart(oneUnitAt: base), priceStep: rules.priceStepMinor), terms.discountMaxPerUnitMinor)
        }
    }
}
