import Campaigns
import Catalogue
import Kernel
import Ledger
import Offers
import Parties
import Postgres
import Receipts
import Shoppers

/// Everything that is read to decide a basket, apart from what is left of money and limits.
struct CheckoutSituation: Sendable {
    let retailer: RetailerID
    let clock: StoreClock
    let basket: Basket
    /// Those that touch a product of the basket.
    let campaigns: [RunningCampaign]
    let policy: Policy
    let minimumPrices: [Int32: Int64]
    /// The retailer's ids of the basket's products.
    let products: [Int32: ExternalID]
    /// Of the campaigns that a receipt names, those that are over for good.
    var closed: [CampaignID: ClosedCampaign] = [:]
    /// Of the campaigns that a receipt names, those whose agreement lets the supplier bear unfunded discounts.
    var bearings: [CampaignID: Bearing] = [:]

    /// Whose campaign it is or was; nil for the retailer's own, and for what is none.
    func supplier(of campaign: CampaignID) -> SupplierID? {
        campaigns.first { $0.id == campaign }?.supplier ?? closed[campaign]?.supplier
    }

    func rules(for line: BasketLine) -> RewardAmount.Rules {
        RewardAmount.Rules(
            priceStepMinor: policy.priceStepMinor, minimumUnitPriceMinor: minimumPrices[line.product],
            clipsAtMinimum: policy.belowMinimumPrice == .clip)
    }

    /// The limits of all campaigns that bind the basket.
    var limits: [(key: LimitKey, bound: Int64)] { campaigns.flatMap { $0.limits(for: basket) } }

    var accounts: [AccountID] { campaigns.flatMap { $0.shares.map { AccountID($0.account) } } }

    /// What money and limits leave to the basket. `budgets`: of campaigns that have no accounts yet.
    func availability(
        money: [Identifier: Int64], _ counters: CountersLeft, budgets: [CampaignID: Int64] = [:]
    ) -> Availability {
        var left: [LimitKey: Int64] = [:]
        for campaign in campaigns {
            for (key, bound) in campaign.limits(for: basket) {
                left[key] = key.isStored ? max(0, counters.left(of: key) ?? bound) : bound
            }
            guard campaign.pacing?.isEven == true else { continue }
            let available = budgets[campaign.id] ?? campaign.shares.reduce(0) { $0 + (money[$1.account] ?? 0) }
            left[LimitKey(campaign: campaign.id, .even, on: basket.businessDay)] =
                counters.pace(of: campaign, available: available).left(on: basket.businessDay)
        }
        return Availability(money: money, units: left, exhaustedShare: policy.exhaustedShare)
    }

    func decide(_ availability: Availability) -> QuoteDecision {
        QuoteDecision(
            basket, campaigns: campaigns, rules: rules, availability: availability, stacking: Stacking(policy.settings))
    }
}
