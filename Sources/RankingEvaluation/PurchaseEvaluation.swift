import Offers

/// Who buys a product in the next four weeks, from dense receipts. There are no offers: it measures the part of the score that is
/// about purchases.
struct PurchaseEvaluation {
    private static let goal = RankingReport.Goal(auc: 0.90, lift: 7.2)
    /// Models are fitted to this many stretches of four weeks before the last one.
    static let earlierStretches: Int32 = 2

    let whole: WholeReceipts
    let settings: RankingSettings

    init(_ whole: WholeReceipts, _ settings: RankingSettings) { (self.whole, self.settings) = (whole, settings) }

    func report() throws -> RankingReport {
        guard let models = FittedModels(earlierOutcomes, from: .purchases) else {
            throw DataFault.tooLittle(
                file: "\(whole.folder)/\(settings.part)/receipts.csv.gz",
                what: "no product that \(NextPurchases.buyersMin) shoppers buy within four weeks")
        }
        let next = NextPurchases(whole, from: lastStretch)
        var scored = ScoredOffers()
        for product in next.products(most: settings.productsMax) {
            let entries = next.entries(for: product)
            for (name, model) in models.named {
                scored.add(name, entries.map { ($0.household, Int64(model.score($0.features).millilogits), $0.buys) })
            }
            for single in SingleScore.ofBuyers {
                scored.add(single.name, entries.map { ($0.household, single.value($0.features), $0.buys) })
            }
            scored.add("rfm", entries.map { ($0.household, $0.rfm, $0.buys) })
        }
        let grain = scored.grain(
            "product_next_4_weeks", singles: SingleScore.ofBuyers.map(\.name) + ["rfm"], households: whole.households, settings,
            Self.goal)
        return RankingReport(set: WholeReceiptsReader.folder, grains: [grain], level: nil)
    }

    /// The last four weeks of the receipts.
    private var lastStretch: Int32 { whole.lastDay - NextPurchases.horizonDays + 1 }

    /// Those of the stretches before it.
    var earlierOutcomes: [RankingOutcome] {
        (1...Self.earlierStretches).flatMap { stretch in
            let earlier = NextPurchases(whole, from: lastStretch - stretch * NextPurchases.horizonDays)
            var outcomes: [RankingOutcome] = []
            for product in earlier.products(most: settings.productsMax) {
                let entries = earlier.entries(for: product)
                let users = entries.count(where: \.buys)
                var sample = OutcomeSample(users: users, others: entries.count - users)
                for entry in entries { sample.add(entry.features, isUsed: entry.buys) }
                outcomes += sample.outcomes
            }
            return outcomes
        }
    }
}
