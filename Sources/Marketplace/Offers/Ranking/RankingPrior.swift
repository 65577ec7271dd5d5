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
        version: "purchases-1", interceptMillilogits: -8_247,
        weights: RankingFeature.all.map { feature in
            switch feature {
            case .productReceipts: 1_106
            case .productsBought: 342
            case .categoryReceipts: 29
            case .categoriesBought: 122
            case .receipts: -24
            case .recency: 101
            case .spendPlace: 1_135
            case .due: 350
            case .reach: 144
            default: 0
            }
        })

    package static let prior = RankingModel(
        version: "prior-1", interceptMillilogits: -11_904,
        weights: RankingFeature.all.map { feature in
            switch feature {
            case .productReceipts: 326
            case .productsBought: 101
            case .categoryReceipts: 9
            case .categoriesBought: 36
            case .receipts: -7
            case .recency: 30
            case .spendPlace: 2_157
            case .due: 103
            case .reach: 299
            case .brandsBought: 268
            case .offerUse: 355
            case .similarOffers: 186
            case .couponUse: 15_350
            case .discountUse: 628
            case .depth: 3_000
            case .novelty: 100
            default: 0
            }
        })
}
