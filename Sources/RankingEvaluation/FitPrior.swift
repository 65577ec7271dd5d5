package import Offers

/// Fits the prior of the ranking (`RankingPrior.swift`) anew from published receipts: what buying habits are worth from dense
/// receipts, then what the use of earlier offers is worth beside them from the campaigns of the panel, a manufacturer's part of a
/// campaign being closest to a campaign here.
package struct FittedPrior: Sendable {
    package let purchases: RankingModel
    package let prior: RankingModel
    package let purchaseShare: Double
}

extension EvaluateRanking {
    /// Features that dense receipts without offers tell of.
    static let habits: [RankingFeature] = [
        .productReceipts, .productsBought, .categoryReceipts, .categoriesBought, .receipts, .recency, .spendPlace, .due, .reach,
    ]
    /// What the panel adds. Features that it says nothing of (depth, novelty) keep their assumed weights.
    static let additions: [RankingFeature] = [
        .spendPlace, .reach, .brandsBought, .offerUse, .similarOffers, .couponUse, .discountUse,
    ]

    package func fittedPrior() throws -> FittedPrior {
        let sets = try sets()
        guard let dense = sets.whole, let panel = sets.journey else {
            throw DataFault.noSet(folder: folder.name, looked: [WholeReceiptsReader.folder, JourneyReader.folder])
        }
        let whole = try WholeReceiptsReader.read(dense, part: settings.part)
        let purchases = try fit(PurchaseEvaluation(whole, settings).earlierOutcomes, on: Self.habits, in: dense)
        let journey = try JourneyReader.read(panel, part: settings.part)
        let history = JourneyHistory(journey, fittedBefore: settings.fittedBefore)
        let outcomes = history.sample(of: history.early(journey.manufacturerOffers))
        return try prior(over: purchases, outcomes, in: panel)
    }

    /// Over the chosen features alone, without a prior; the rest weigh nothing.
    private func fit(_ outcomes: [RankingOutcome], on features: [RankingFeature], in data: DataFolder) throws -> RankingModel {
        let fit = LogisticFit(prior: features.map { _ in 0 }, trust: 10, isNonNegative: features.map(\.isWelcome))
        let rows = outcomes.map { outcome in
            LogisticFit.Row(
                features.map { Double($0.value(in: outcome.features)) / 1_000 }, isPositive: outcome.isUsed,
                weight: Double(outcome.weight))
        }
        guard let found = fit.fit(rows) else { throw DataFault.tooLittle(file: data.name, what: "nobody who buys") }
        return RankingModel(version: "purchases", found.spread(over: features))
    }

    /// The purchases' score counts as one feature beside the additions.
    private func prior(
        over purchases: RankingModel, _ outcomes: [RankingOutcome], in data: DataFolder
    ) throws -> FittedPrior {
        let fit = LogisticFit(
            prior: [0] + Self.additions.map { _ in 0 }, trust: 10, isNonNegative: [true] + Self.additions.map(\.isWelcome))
        let rows = outcomes.map { outcome in
            let score = Double(purchases.score(outcome.features).millilogits - purchases.interceptMillilogits) / 1_000
            return LogisticFit.Row(
                [score] + Self.additions.map { Double($0.value(in: outcome.features)) / 1_000 }, isPositive: outcome.isUsed,
                weight: Double(outcome.weight))
        }
        guard var found = fit.fit(rows) else { throw DataFault.tooLittle(file: data.name, what: "nobody who redeems") }
        let share = found.weights.removeFirst()
        var sum = found.spread(over: Self.additions)
        for feature in Self.habits {
            sum.weights[feature.rawValue] += share * Double(purchases.weights[feature.rawValue]) / 1_000
        }
        return FittedPrior(purchases: purchases, prior: RankingModel(version: "prior", sum), purchaseShare: share)
    }
}

extension LogisticFit.Weights {
    fileprivate func spread(over features: [RankingFeature]) -> LogisticFit.Weights {
        var all = LogisticFit.Weights(intercept: intercept, weights: RankingFeature.all.map { _ in 0 })
        for (place, feature) in features.enumerated() { all.weights[feature.rawValue] = weights[place] }
        return all
    }
}
