/// One summand of the score: the name that the retailer reads, and its value in thousandths, worked out of what is known of
/// the shopper. Counts and days are measured in doublings: from 1 to 2 is as much as from 8 to 16.
package enum RankingFeature: Int, Sendable, CaseIterable {
    case redemptions
    case redeemedShare
    case redeemedLately
    case couponUse
    case discountUse
    case productsBought
    case brandsBought
    case categoriesBought
    case productReceipts
    case brandReceipts
    case categoryReceipts
    case receipts
    case recency
    case spendPlace
    case due
    case depth
    case novelty

    package static let count = allCases.count

    /// As the retailer reads it.
    package var name: String {
        switch self {
        case .redemptions: "redemptions"
        case .redeemedShare: "redeemed_share"
        case .redeemedLately: "redeemed_lately"
        case .couponUse: "coupon_use"
        case .discountUse: "discount_use"
        case .productsBought: "products_bought"
        case .brandsBought: "brands_bought"
        case .categoriesBought: "categories_bought"
        case .productReceipts: "product_receipts"
        case .brandReceipts: "brand_receipts"
        case .categoryReceipts: "category_receipts"
        case .receipts: "receipts"
        case .recency: "recency"
        case .spendPlace: "spend_place"
        case .due: "due"
        case .depth: "depth"
        case .novelty: "novelty"
        }
    }

    /// In thousandths.
    package func value(in features: OfferFeatures) -> Int32 {
        switch self {
        case .redemptions: Doublings.of(features.redemptions)
        case .redeemedShare:
            Self.share(
                features.campaignsRedeemed, of: features.campaignsSeen, prior: Self.usualRedeemed, weight: Self.usualSeen)
        case .redeemedLately: features.redeemedDaysAgo.map { Doublings.most - Doublings.of($0) } ?? 0
        case .couponUse: Self.share(features.couponLines, of: features.lines, prior: 1, weight: 50)
        case .discountUse: Self.share(features.discountLines, of: features.lines, prior: 10, weight: 20)
        case .productsBought: Int32(features.products.rawValue) * 1_000
        case .brandsBought: Int32(features.brands.rawValue) * 1_000
        case .categoriesBought: Int32(features.categories.rawValue) * 1_000
        case .productReceipts: Doublings.of(features.productReceipts)
        case .brandReceipts: Doublings.of(features.brandReceipts)
        case .categoryReceipts: Doublings.of(features.categoryReceipts)
        case .receipts: Doublings.of(features.receipts)
        case .recency: features.recencyDays.map { Doublings.most - Doublings.of($0) } ?? 0
        case .spendPlace: min(10_000, max(0, features.spendPlaceBp)) / 10
        case .due: features.dueBp.map { min(2_000, max(0, $0) / 10) } ?? 0
        case .depth: min(10_000, max(0, features.depthBp)) / 10
        case .novelty: features.isNovel ? 1_000 : 0
        }
    }

    /// What is assumed of a shopper before anything was shown: so many of so many campaigns are redeemed.
    private static let usualRedeemed: Int32 = 1
    private static let usualSeen: Int32 = 10

    /// (count + prior) / (total + weight), in thousandths.
    private static func share(_ count: Int32, of total: Int32, prior: Int32, weight: Int32) -> Int32 {
        let (count, total) = (Int64(max(0, count)), Int64(max(0, total)))
        return Int32(min(1_000, (count + Int64(prior)) * 1_000 / (total + Int64(weight))))
    }
}
