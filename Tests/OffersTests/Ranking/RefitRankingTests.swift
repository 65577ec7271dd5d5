import Campaigns
import TestSupport
import Testing

@testable import Offers

/// A model that learns from a retailer's own redemptions.
@Suite(.computing) struct RefitRankingTests {
    /// Buyers of the product use the offer, others do not; whoever used offers before does so no more than others.
    private static func outcomes(_ count: Int, seed: UInt64) -> [RankingOutcome] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            var features = OfferFeatures.drawn(using: &generator)
            features.productReceipts = Int32.random(in: 0...7, using: &generator)
            let chance = features.productReceipts > 3 ? 0.3 : 0.02
            return RankingOutcome(features, isUsed: Double.random(in: 0..<1, using: &generator) < chance)
        }
    }

    @Test func `the same outcomes give the same model, and the prior is not touched`() {
        let outcomes = Self.outcomes(2_000, seed: 1)

        let (first, second) = (
            RankingModel.prior.refitted(on: outcomes, version: "a"), RankingModel.prior.refitted(on: outcomes, version: "a")
        )

        #expect(first == second && first.version == "a" && RankingModel.prior.version == "prior-1")
        #expect(first.weights != RankingModel.prior.weights)
    }

    @Test func `weights move towards what the outcomes say, more where there are more of them`() {
        let index = RankingFeature.productReceipts.rawValue
        let (few, many) = (
            RankingModel.prior.refitted(on: Self.outcomes(300, seed: 2), version: "few"),
            RankingModel.prior.refitted(on: Self.outcomes(6_000, seed: 2), version: "many")
        )

        #expect(RankingModel.prior.weights[index] < few.weights[index])
        #expect(few.weights[index] < many.weights[index])
    }

    @Test func `the level goes where the outcomes are, and what is welcome stays so`() {
        let outcomes = Self.outcomes(4_000, seed: 3)

        let model = RankingModel.prior.refitted(on: outcomes, version: "own")

        let expected = outcomes.reduce(0) { $0 + model.score($1.features).probability }
        let actual = Double(outcomes.count(where: \.isUsed))
        #expect(abs(expected - actual) < 0.02 * actual)
        #expect(RankingFeature.all.allSatisfy { !$0.isWelcome || model.weights[$0.rawValue] >= 0 })
    }

    @Test(arguments: [true, false]) func `outcomes that say nothing leave the model as it is`(isUsed: Bool) {
        #expect(RankingModel.prior.refitted(on: [], version: "none") == .prior)
        #expect(RankingModel.prior.refitted(on: [RankingOutcome(OfferFeatures(), isUsed: isUsed)], version: "one") == .prior)
    }

    @Test func `nothing that is welcome has a weight below zero in the prior`() {
        for model in [RankingModel.prior, .purchases] {
            #expect(RankingFeature.all.allSatisfy { !$0.isWelcome || model.weights[$0.rawValue] >= 0 })
        }
    }

    @Test func `expected users are the sum of their probabilities, in the part of the time that is asked about`() {
        let scores = [0, 0, 0, 0].map { OfferScore(millilogits: $0) }
        let level = RankingLevel(variation: 0.5)

        #expect(level.expected(scores) == CountDistribution(mean: 2, shape: 4))
        #expect(level.expected(scores, share: 0.25) == CountDistribution(mean: 0.5, shape: 4))
        #expect(level.expected([]).quantile(0.9) == 0)
    }

    @Test func `campaigns that came out as expected leave half of the usual doubt, surprises add to it`() {
        let usual = RankingLevel.usualVariation
        let calm = RankingLevel(after: [(expected: 100, actual: 100), (expected: 20, actual: 22)])
        let wild = RankingLevel(after: [(expected: 100, actual: 250), (expected: 20, actual: 3)])

        #expect(abs(calm.variation * calm.variation - usual * usual / 2) < 1e-12)
        #expect(wild.variation > usual && wild.variation <= 1)
        #expect(abs(RankingLevel(after: []).variation - usual) < 1e-12)
    }
}
