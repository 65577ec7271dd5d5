/// The score of an offer for a shopper: a weighted sum of its features (docs/ranking.md). Look-ups, multiplications and
/// additions of whole numbers; no exponential in it.
package struct RankingModel: Sendable, Hashable {
    /// Stands in the log of decisions beside each score.
    package let version: String
    /// The score where every feature is 0.
    package let interceptMillilogits: Int32
    /// Millilogits for each unit of a feature, in the order of `RankingFeature`.
    package let weights: [Int32]

    package init(version: String, interceptMillilogits: Int32, weights: [Int32]) {
        precondition(weights.count == RankingFeature.count, "a weight for each feature")
        self.version = version
        self.interceptMillilogits = interceptMillilogits
        self.weights = weights
    }

    package func score(_ features: OfferFeatures) -> OfferScore {
        var sum = interceptMillilogits
        for feature in RankingFeature.allCases { sum += contribution(of: feature, in: features) }
        return OfferScore(millilogits: sum)
    }

    /// The parts of the score, the greatest first; with `base` they add up to it.
    package func explanation(of features: OfferFeatures) -> [(feature: String, millilogits: Int32)] {
        let parts = RankingFeature.allCases.map { (feature: $0.name, millilogits: contribution(of: $0, in: features)) }
        let base = (feature: "base", millilogits: interceptMillilogits)
        return [base] + parts.filter { $0.millilogits != 0 }.sorted { abs($0.millilogits) > abs($1.millilogits) }
    }

    private func contribution(of feature: RankingFeature, in features: OfferFeatures) -> Int32 {
        Int32(Int64(weights[feature.rawValue]) * Int64(feature.value(in: features)) / 1_000)
    }
}
