/// What is known of one shopper for one campaign on the day of the decision, all of it from before that day. The score is
/// computed from this and nothing else. Small integers, so that a ranking is the same on every machine.
///
/// Windows are business days that end with the last closed one. Counts are bounded where they are used, not here.
package struct OfferFeatures: Sendable, Hashable {
    /// When the shopper last bought something of a kind, by the windows of the audience criteria.
    package enum Bought: UInt8, Sendable, Hashable, CaseIterable, Comparable {
        case never, within365Days, within180Days, within90Days, within30Days

        package init(daysAgo: Int32?) {
            switch daysAgo {
            case .none: self = .never
            case .some(...30): self = .within30Days
            case .some(...90): self = .within90Days
            case .some(...180): self = .within180Days
            case .some(...365): self = .within365Days
            case .some: self = .never
            }
        }

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// Of the campaign's products, of their brands, of their lowest categories.
    package var products = Bought.never
    package var brands = Bought.never
    package var categories = Bought.never
    /// Receipts of the last 365 days with one of the campaign's products, brands, categories.
    package var productReceipts: Int32 = 0
    package var brandReceipts: Int32 = 0
    package var categoryReceipts: Int32 = 0

    /// Receipts of the last 365 days, and days since the last one; nil where there is none.
    package var receipts: Int32 = 0
    package var recencyDays: Int32?
    /// Which part of the retailer's shoppers spent less, in basis points: 0 to 10 000. The same whatever the currency.
    package var spendPlaceBp: Int32 = 0
    /// Days since the last purchase of the campaign's products (else categories), as basis points of the shopper's own usual
    /// days between two of them: 10 000 is due today. Nil without a rhythm, which takes two purchases.
    package var dueBp: Int32?

    /// Redemptions of earlier offers, how many of the campaigns that were shown earlier they belong to, and how many those are.
    package var redemptions: Int32 = 0
    package var campaignsRedeemed: Int32 = 0
    package var campaignsSeen: Int32 = 0
    /// Of the redemptions, those of offers that had a product or a brand in common with this campaign.
    package var similarRedemptions: Int32 = 0
    /// Days since the last redemption; nil where there is none.
    package var redeemedDaysAgo: Int32?

    /// The cold start of a marketplace without redemptions: lines of the last 365 days with a coupon, with any discount, and all.
    package var couponLines: Int32 = 0
    package var discountLines: Int32 = 0
    package var lines: Int32 = 0

    /// Which part of the retailer's shoppers bought one of the campaign's products within 90 days, in basis points. The same
    /// for all shoppers of a campaign: it tells a campaign for milk from one for saffron.
    package var reachBp: Int32 = 0
    /// The discount that the campaign gives this shopper, in basis points of the base price.
    package var depthBp: Int32 = 0
    /// The shopper was not shown this campaign in the period before.
    package var isNovel = true

    package init() {}
}
