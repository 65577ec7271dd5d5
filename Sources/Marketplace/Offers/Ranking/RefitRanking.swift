/// What was seen of one shopper and one campaign that was shown: whether the offer was used.
package struct RankingOutcome: Sendable {
    package let features: OfferFeatures
    package let isUsed: Bool
    /// It stands for so many: who did not use an offer may be sampled.
    package let weight: Int32

    package init(_ features: OfferFeatures, isUsed: Bool, weight: Int32 = 1) {
        self.features = features
        self.isUsed = isUsed
        self.weight = weight
    }
}

extension RankingModel {
    /// A retailer's own redemptions move the weights by about as much as one standard deviation of a feature is worth.
    package static let usualTrust = 0.15

    /// This model moved by a retailer's own outcomes: the intercept goes where they are, a weight as far from this model's as
    /// they insist. Unchanged where nobody used an offer, or everybody. The same outcomes give the same model.
    package func refitted(on outcomes: [RankingOutcome], version: String, trust: Double = usualTrust) -> RankingModel {
        let fit = LogisticFit(
            prior: weights.map { Double($0) / 1_000 }, trust: trust, isNonNegative: RankingFeature.all.map(\.isWelcome))
        guard let found = fit.fit(outcomes.map(\.row)) else { return self }
        return RankingModel(version: version, found)
    }

    package init(version: String, _ found: LogisticFit.Weights) {
        self.init(
            version: version, interceptMillilogits: Self.thousandths(found.intercept),
            weights: found.weights.map(Self.thousandths))
    }

    private static func thousandths(_ logits: Double) -> Int32 {
        Int32(min(1_000_000, max(-1_000_000, (logits * 1_000).rounded())))
    }
}

extension RankingOutcome {
    package var row: LogisticFit.Row {
        LogisticFit.Row(
            RankingFeature.all.map { Double($0.value(in: features)) / 1_000 }, isPositive: isUsed, weight: Double(weight))
    }
}
