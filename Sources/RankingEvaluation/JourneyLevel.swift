import Campaigns
import Offers

/// How many households will redeem each later campaign, from what was known before it.
struct JourneyLevel {
    let history: JourneyHistory
    let model: RankingModel

    init(_ history: JourneyHistory, _ model: RankingModel) { (self.history, self.model) = (history, model) }

    func level(of offers: [JourneyOffer]) -> RankingReport.Level {
        let early = history.early(offers)
        let (waits, level) = (waits(of: early), RankingLevel(after: expectedOfOthers(early)))
        let last = history.journey.lastDay
        return RankingReport.Level(
            campaigns: history.late(offers).map { offer in
                let campaign = history.journey.campaigns[offer.campaign]
                let known = history.features(of: offer)
                let isWhole = campaign.end <= last
                let seen = isWhole ? 1 : share(of: waits, within: last - campaign.start)
                let count = level.expected(
                    offer.households.map { model.score(known.features(of: $0)) }, share: seen)
                return RankingReport.Level.Campaign(
                    id: campaign.id, shown: offer.households.count, expected: count.mean, p10: count.quantile(0.1),
                    p90: count.quantile(0.9), actual: offer.redeemers.count, isWhole: isWhole)
            })
    }

    /// Each earlier campaign by a model that was fitted to the others.
    private func expectedOfOthers(_ offers: [JourneyOffer]) -> [(expected: Double, actual: Int)] {
        let outcomes = offers.map { history.sample(of: [$0], every: 1) }
        return offers.indices.map { place in
            let others = outcomes.indices.filter { $0 != place }.flatMap { outcomes[$0] }
            let model = RankingModel.prior.refitted(on: others, version: "others")
            let expected = outcomes[place].reduce(0) { $0 + model.score($1.features).probability }
            return (expected, offers[place].redeemers.count)
        }
    }

    /// Days from the start of an earlier campaign to a household's first redemption.
    private func waits(of offers: [JourneyOffer]) -> [Int32] {
        offers.flatMap { offer in
            let start = history.journey.campaigns[offer.campaign].start
            return history.journey.firstRedemptions(of: offer.campaign).map { $0 - start }
        }
    }

    /// A campaign that goes on beyond the receipts is seen in part: as many as came so soon in earlier ones.
    private func share(of waits: [Int32], within days: Int32) -> Double {
        waits.isEmpty ? 1 : Double(waits.count { $0 <= days }) / Double(waits.count)
    }
}
