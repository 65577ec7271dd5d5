extension RankingModel {
    /// What a marketplace starts from before its own redemptions are known.
    package static let prior = RankingModel(
        version: "prior-0", interceptMillilogits: -4_000,
        weights: RankingFeature.allCases.map { feature in
            switch feature {
            case .redemptions: 450
            case .redeemedShare: 1_500
            case .redeemedLately: 50
            case .couponUse: 1_000
            case .discountUse: 400
            case .productsBought: 150
            case .brandsBought: 50
            case .categoriesBought: 50
            case .productReceipts: 300
            case .brandReceipts: 50
            case .categoryReceipts: 50
            case .receipts: 50
            case .recency: 50
            case .spendPlace: 1_000
            case .due: 100
            case .depth: 0
            case .novelty: 0
            }
        })
}
