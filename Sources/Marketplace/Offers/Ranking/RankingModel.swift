/// The score of an offer for a shopper: a weighted sum of its features (docs/ranking.md). Multiplications and additions of
/// whole numbers; no exponential in it.
package struct RankingModel: Sendable, Hashable {
    package static let weightMax: Int32 = 20_000

    /// Stands in the log of decisions beside each score.
    package let version: String
    /// The score where every feature is 0.
    package let interceptMillilogits: Int32
    /// Millilogits for each unit (1 000 thousandths) of a feature, in the order of `RankingFeature`, within `weightMax`.
    package let weights: [Int32]

    package init(version: String, interceptMillilogits: Int32, weights: [Int32]) {
        precondition(weights.count == RankingFeature.all.count, "a weight for each feature")
        self.version = version
        self.interceptMillilogits = interceptMillilogits
        self.weights = weights.map { min(Self.weightMax, max(-Self.weightMax, $0)) }
    }

    package func score(_ features: OfferFeatures) -> OfferScore {
        var sum = interceptMillilogits
        for index in weights.indices where weights[index] != 0 {
            guard let feature = RankingFeature(rawValue: index) else { break }
            sum += Self.contribution(feature.value(in: features), weight: weights[index])
        }
        return OfferScore(millilogits: sum)
    }

    /// The parts of the score: the base, then those that count, the largest first. They add up to the score.
    package func explanation(of features: OfferFeatures) -> [(feature: String, millilogits: Int32)] {
        let parts = detailed(features).map { (feature: $0.feature.name, millilogits: $0.millilogits) }
        return [(feature: "base", millilogits: interceptMillilogits)] + parts
    }

    /// The features that count for this shopper, each with its value in thousandths and what it adds, the largest first; those
    /// that count alike in the order of `RankingFeature`.
    package func detailed(_ features: OfferFeatures) -> [(feature: RankingFeature, value: Int32, millilogits: Int32)] {
        RankingFeature.all.map { feature in
            let value = feature.value(in: features)
            return (feature, value, Self.contribution(value, weight: weights[feature.rawValue]))
        }.filter { $0.millilogits != 0 }
            .sorted { ($1.millilogits.magnitude, $0.feature.rawValue) < ($0.millilogits.magnitude, $1.feature.rawValue) }
    }

    private static func contribution(_ value: Int32, weight: Int32) -> Int32 {
        Int32(truncatingIfNeeded: Int64(weight) * Int64(value) / 1_000)
    }
}
