import Offers

/// Who redeems: campaigns, and manufacturers in campaigns, of the Complete Journey.
struct RedemptionEvaluation {
    private static let campaignGoal = RankingReport.Goal(auc: 0.817, lift: 3.92)
    private static let manufacturerGoal = RankingReport.Goal(auc: 0.856, lift: 6.06)

    let history: JourneyHistory
    let settings: RankingSettings

    init(_ history: JourneyHistory, _ settings: RankingSettings) {
        (self.history, self.settings) = (history, settings)
    }

    func report() throws -> RankingReport {
        let campaigns = history.journey.campaignOffers
        let outcomes = history.sample(of: history.early(campaigns))
        guard let models = FittedModels(outcomes, from: .prior) else { throw tooLittle }
        let byCampaign = grain(
            "campaign", history.late(campaigns), models, usersMin: settings.campaignRedeemersMin, Self.campaignGoal)
        return RankingReport(
            set: JourneyReader.folder, grains: [byCampaign] + (try manufacturers()),
            level: JourneyLevel(history, models.ours).level(of: campaigns))
    }

    private func manufacturers() throws -> [RankingReport.Grain] {
        let offers = history.journey.manufacturerOffers
        guard let models = FittedModels(history.sample(of: history.early(offers)), from: .prior) else { return [] }
        return [
            grain(
                "campaign_x_manufacturer", history.late(offers), models, usersMin: settings.manufacturerRedeemersMin,
                Self.manufacturerGoal)
        ]
    }

    private func grain(
        _ name: String, _ offers: [JourneyOffer], _ models: FittedModels, usersMin: Int, _ goal: RankingReport.Goal
    ) -> RankingReport.Grain {
        var scored = ScoredOffers()
        for offer in offers where offer.redeemers.count >= usersMin {
            let known = history.features(of: offer)
            let entries = offer.households.map { household in
                (household: household, features: known.features(of: household), isUsed: offer.redeemers.contains(household))
            }
            for (name, model) in models.named {
                scored.add(name, entries.map { ($0.household, Int64(model.score($0.features).millilogits), $0.isUsed) })
            }
            for single in SingleScore.ofRedeemers {
                scored.add(single.name, entries.map { ($0.household, single.value($0.features), $0.isUsed) })
            }
        }
        return scored.grain(
            name, singles: SingleScore.ofRedeemers.map(\.name), households: history.journey.households.count, settings, goal)
    }

    private var tooLittle: DataFault {
        .tooLittle(
            file: "\(history.journey.folder)/\(settings.part)/redemptions.csv.gz",
            what: "no redemption of a campaign that starts before \(history.cut) and at least "
                + "\(JourneyHistory.pastDaysMin) days after the first receipt")
    }
}

/// Three models for the same features.
struct FittedModels {
    /// The prior, moved by the early outcomes: what a retailer has after some campaigns.
    let ours: RankingModel
    let prior: RankingModel
    /// Without a prior.
    let logistic: RankingModel

    /// Nil where nothing can be learned from the outcomes.
    init?(_ outcomes: [RankingOutcome], from prior: RankingModel) {
        let plain = LogisticFit(prior: RankingFeature.all.map { _ in 0 }, trust: 10)
        guard let found = plain.fit(outcomes.map(\.row)) else { return nil }
        self.prior = prior
        ours = prior.refitted(on: outcomes, version: "\(prior.version)+")
        logistic = RankingModel(version: EvaluateRanking.logistic, found)
    }

    var named: [(String, RankingModel)] {
        [(EvaluateRanking.ours, ours), (EvaluateRanking.prior, prior), (EvaluateRanking.logistic, logistic)]
    }
}

extension ScoredOffers {
    func grain(
        _ name: String, singles: [String], households: Int, _ settings: RankingSettings, _ goal: RankingReport.Goal
    ) -> RankingReport.Grain {
        let measured = names.compactMap { name in measure(name).map { (name: name, measure: $0) } }
        let ours = groups[EvaluateRanking.ours] ?? []
        let bootstrap = PairedBootstrap(households: max(1, households), draws: settings.draws, seed: RankingSettings.seed)
        return RankingReport.Grain(
            name: name, offers: ours.count, users: ours.reduce(0) { $0 + $1.users }, scores: measured, singles: Set(singles),
            spread: ours.isEmpty ? nil : bootstrap.compare(ours, with: groups[EvaluateRanking.logistic] ?? []), goal: goal)
    }
}
