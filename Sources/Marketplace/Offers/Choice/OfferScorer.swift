import Bitmaps
import Kernel
import Postgres

/// Scores the campaigns of a round for one shopper after another.
struct OfferScorer: Sendable {
    let round: DecisionRound
    let market: MarketSample
    let seen: CampaignsSeen

    /// What the score of a campaign is made of.
    func features(
        of place: Int, for key: UInt32, _ habits: borrowing BuyingHabits, _ redeemed: RedeemedOffers
    ) -> OfferFeatures {
        let (campaign, goods, today) = (round.campaigns[place], round.goods.ofCampaigns[place], round.today)
        let (products, brands, categories) = (habits[goods.products], habits[goods.brands], habits[goods.categories])
        var features = OfferFeatures()
        features.products = OfferFeatures.Bought(daysAgo: products?.daysAgo(today))
        features.brands = OfferFeatures.Bought(daysAgo: brands?.daysAgo(today))
        features.categories = OfferFeatures.Bought(daysAgo: categories?.daysAgo(today))
        features.productReceipts = products?.receipts ?? 0
        features.brandReceipts = brands?.receipts ?? 0
        features.categoryReceipts = categories?.receipts ?? 0
        features.receipts = habits.receipts
        features.recencyDays = habits.lastDay.map { today.daysSince1970 - $0.daysSince1970 }
        features.spendPlaceBp = habits.receipts > 0 ? market.placeBp(of: habits.spendMinor) : 0
        features.dueBp = products?.dueBp(today) ?? categories?.dueBp(today)
        features.redemptions = redeemed.redemptions
        features.campaignsRedeemed = redeemed.campaignCount
        features.campaignsSeen = seen[key]
        features.similarRedemptions = redeemed.redemptions(among: [goods.products, goods.brands], in: round.goods)
        features.redeemedDaysAgo = redeemed.lastDay.map { today.daysSince1970 - $0.daysSince1970 }
        features.couponLines = habits.couponLines
        features.discountLines = habits.discountLines
        features.lines = habits.lines
        features.reachBp = market.reachBp[place]
        features.depthBp = campaign.depthBp(for: key)
        features.isNovel = !campaign.shownBefore.contains(key)
        return features
    }

    func bid(of place: Int, for key: UInt32, _ habits: borrowing BuyingHabits, _ redeemed: RedeemedOffers) -> Bid {
        let score = round.model.score(features(of: place, for: key, habits, redeemed))
        return Bid(place: place, points: score.adding(millilogits: round.campaigns[place].pacing).millilogits)
    }
}

extension Transaction {
    /// `keys`: for whom it is asked; nil: for all.
    func scorer(of round: DecisionRound, among keys: KeySet? = nil) throws -> OfferScorer {
        OfferScorer(
            round: round, market: try marketSample(for: round),
            seen: try campaignsSeen(before: round.period.startsOn, among: keys, at: round.retailer))
    }
}
