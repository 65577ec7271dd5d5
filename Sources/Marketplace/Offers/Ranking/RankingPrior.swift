/// What a marketplace starts from before its own redemptions are known. Fitted by
///
///     tradewind evaluate ranking --data ../shared/data --fit
///
/// which prints these tables (docs/ranking.md says what is fitted to what). `depth` and `novelty` are assumptions: no published
/// panel tells the depth of its offers together with who used them. The weight of depth is the slope of `ResponseCurve` between
/// 5 and 40 %.
extension RankingModel {
    /// The part that is about purchases: who buys one of these products within four weeks, without any offer.
    package static let purchases = RankingModel(
        version: "purchases-1", interceptMillilogits: -7_920,
        weights: RankingFeature.all.map { feature in
            switch feature {
            case .productReceipts: 1_234
            case .productsBought: 309
            case .categoriesBought: 148
            case .receipts: 5
            case .recency: 91
            case .spendPlace: 1_131
            case .due: 331
            case .reach: 77
            default: 0
            }
        })

    package static let prior = RankingModel(
        version: "prior-1", interceptMillilogits: -11_875,
        weights: RankingFeature.all.map { feature in
            switch feature {
            case .productReceipts: 351
            case .productsBought: 88
            case .categoriesBought: 42
            case .receipts: 1
            case .recency: 26
            case .spendPlace: 2_144
            case .due: 94
            case .reach: 294
            case .brandsBought: 268
            case .offerUse: 354
            case .similarOffers: 182
            case .couponUse: 15_371
            case .discountUse: 617
            case .depth: 3_000
            case .novelty: 100
            default: 0
            }
        })
}
