package import Campaigns
import Glibc

extension OfferScore {
    /// The probability of use, where the model was fitted to what is asked. For counts of shoppers only.
    package var probability: Double { 1 / (1 + exp(-Double(millilogits) / 1_000)) }
}

/// How many shoppers will use an offer that is shown to all of these: the sum of their probabilities, with what the past does
/// not tell of the future on top of chance (response, season, competitors), as forecasts have it.
package struct RankingLevel: Sendable {
    /// A coefficient of variation; that of a campaign's forecast (docs/campaigns.md).
    package static let unknownVariation = 0.35

    /// Sums in the order in which they are given.
    package static func expected(_ scores: some Sequence<OfferScore>, share: Double = 1) -> CountDistribution {
        let mean = share * scores.reduce(0) { $0 + $1.probability }
        return CountDistribution(mean: mean, shape: 1 / (unknownVariation * unknownVariation))
    }
}
