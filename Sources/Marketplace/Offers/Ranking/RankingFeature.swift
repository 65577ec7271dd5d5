/// One summand of the score: the name that the retailer reads, and its value in thousandths, worked out of what is known of
/// the shopper. Counts and days are measured in doublings: from 1 to 2 is as much as from 8 to 16.
package enum RankingFeature: Int, Sendable, CaseIterable {
    case productReceipts
    case productsBought
    case categoryReceipts
    case categoriesBought
    case receipts
    case recency
    case spendPlace
    case due
    case reach
    case brandReceipts
    case brandsBought
    case offerUse
    case campaignUse
    case similarOffers
    case redeemedLately
    case couponUse
    case discountUse
    case depth
    case novelty

    package static let all = allCases

    /// As the retailer reads it.
    package var name: String { Self.names[rawValue] }

    private static let names = [
        "product_receipts", "products_bought", "category_receipts", "categories_bought", "receipts", "recency", "spend_place",
        "due", "reach", "brand_receipts", "brands_bought", "offer_use", "campaign_use", "similar_offers", "redeemed_lately",
        "coupon_use", "discount_use", "depth", "novelty",
    ]

    /// More of it never makes an offer less welcome, so its weight is 0 or more. Receipts and rhythm may go either way: with
    /// the same spend, more receipts are smaller baskets.
    package var isWelcome: Bool { self != .receipts && self != .due }

    /// In thousandths.
    package func value(in features: OfferFeatures) -> Int32 {
        switch self {
        case .productReceipts: Doublings.of(features.productReceipts)
        case .productsBought: Int32(features.products.rawValue) * 1_000
        case .categoryReceipts: Doublings.of(features.categoryReceipts)
        case .categoriesBought: Int32(features.categories.rawValue) * 1_000
        case .receipts: Doublings.of(features.receipts)
        case .recency: Doublings.closeness(daysAgo: features.recencyDays)
        case .spendPlace: Self.part(features.spendPlaceBp)
        case .due: features.dueBp.map { min(2_000, max(0, $0) / 10) } ?? 0
        case .reach: Doublings.of(features.reachBp)
        case .brandReceipts: Doublings.of(features.brandReceipts)
        case .brandsBought: Int32(features.brands.rawValue) * 1_000
        case .offerUse: Self.use(features.redemptions, of: features.campaignsSeen)
        case .campaignUse: Self.use(features.campaignsRedeemed, of: features.campaignsSeen)
        case .similarOffers: Doublings.of(features.similarRedemptions)
        case .redeemedLately: Doublings.closeness(daysAgo: features.redeemedDaysAgo)
        case .couponUse: min(250, Self.share(features.couponLines, of: features.lines, usual: 1, in: 50))
        case .discountUse: Self.share(features.discountLines, of: features.lines, usual: 8, in: 16)
        case .depth: min(500, Self.part(features.depthBp))
        case .novelty: features.isNovel ? 1_000 : 0
        }
    }

    private static func part(_ basisPoints: Int32) -> Int32 { min(10_000, max(0, basisPoints)) / 10 }

    /// Doublings of (count + 1/4) / (seen + 5/2), above those of nobody who was shown 128 campaigns: who was shown nothing
    /// stands where one redemption in ten campaigns puts a shopper.
    private static func use(_ count: Int32, of seen: Int32) -> Int32 {
        let bounded = (count: min(100_000, max(0, count)), seen: min(128, max(0, seen)))
        return Doublings.of(4 * bounded.count) + Doublings.of(4 * 128 + 9) - Doublings.of(4 * bounded.seen + 9)
    }

    /// (count + usual) / (total + of so many), in thousandths: who has few lines is taken for a usual shopper.
    private static func share(_ count: Int32, of total: Int32, usual: UInt32, in many: UInt32) -> Int32 {
        let total = UInt32(min(1_000_000, max(0, total)))
        let count = min(total, UInt32(max(0, count)))
        return Int32((count + usual) * 1_000 / (total + many))
    }
}
