package import Campaigns
import Glibc

extension OfferScore {
    /// The probability of use, where the model was fitted to what is asked. For counts of shoppers only.
    package var probability: Double { 1 / (1 + exp(-Double(millilogits) / 1_000)) }
}

/// How many shoppers will use an offer that is shown to all of these: the sum of their probabilities, with what the past does
/// not tell of the future on top of chance (response, season, competitors).
package struct RankingLevel: Sendable {
    /// The coefficient of variation of a campaign's response around what was expected. Where no outcomes tell it: that of a
    /// campaign's forecast (docs/campaigns.md).
    package static let usualVariation = 0.35
    static let variationMax = 1.0

    package let variation: Double

    package init(variation: Double = usualVariation) { self.variation = variation }

    /// From campaigns that are over: how far they were from what was expected without knowing them, beyond chance (by moments,
    /// the variance of a negative binomial being mean + variation² mean²). A dozen campaigns tell that only roughly, so their
    /// variance and the usual one are averaged.
    package init(after campaigns: some Sequence<(expected: Double, actual: Int)>) {
        var (beyond, squares) = (0.0, 0.0)
        for (expected, actual) in campaigns {
            beyond += (Double(actual) - expected) * (Double(actual) - expected) - expected
            squares += expected * expected
        }
        let usual = Self.usualVariation * Self.usualVariation
        let seen = squares > 0 ? max(0, beyond / squares) : usual
        variation = min(Self.variationMax, ((seen + usual) / 2).squareRoot())
    }

    /// `share`: which part of the campaign's time is asked about. Sums in the order in which scores are given.
    package func expected(_ scores: some Sequence<OfferScore>, share: Double = 1) -> CountDistribution {
        let mean = share * scores.reduce(0) { $0 + $1.probability }
        return CountDistribution(mean: mean, shape: 1 / (variation * variation))
    }
}
