import Campaigns
import Kernel

/// One campaign of a round for one shopper: its score, and what became of it.
struct JudgedOffer: Sendable {
    let campaign: CampaignID
    let features: OfferFeatures
    let score: OfferScore
    /// What its pacing adds to the score.
    let pacing: Int32
    let depthBp: Int32
    let verdict: OfferVerdict
    /// How probable it was, before the holdout was drawn, that the shopper is shown it, in basis points.
    let shownBp: Int32
}

/// Says of one shopper after another what a round decides, and why: with every campaign whose audience holds the shopper, also
/// those that are held out.
struct OfferJudge: Sendable {
    let scorer: OfferScorer

    func offers(for key: UInt32, _ habits: borrowing BuyingHabits, _ redeemed: RedeemedOffers) -> [JudgedOffer] {
        let round = scorer.round
        let places = round.concerning(key)
        let bars = places.map { round.bar(of: $0, for: key) }
        let features = places.map { scorer.features(of: $0, for: key, habits, redeemed) }
        let scores = features.map(round.model.score)
        let bids = zip(places, scores).map { place, score in
            Bid(place: place, points: score.adding(millilogits: round.campaigns[place].pacing).millilogits)
        }
        let (kept, seen) = (round.kept(by: key), round.shownThisWeek(to: key))
        let open = zip(bids, bars).filter { $1 == nil }.map(\.0)
        let verdicts = Dictionary(
            zip(open, round.choice.choose(open, holding: kept, shownThisWeek: seen)).map { ($0.place, $1) }
        ) { first, _ in first }
        return places.indices.map { index in
            let (place, campaign) = (places[index], round.campaigns[places[index]])
            let verdict = bars[index] ?? verdicts[place] ?? .noSlot
            // Whoever is held out would have had the slot or not, had the draw been another.
            let wins =
                verdict == .holdout
                ? round.choice.choose(open + [bids[index]], holding: kept, shownThisWeek: seen).last == .chosen
                : verdict == .chosen
            return JudgedOffer(
                campaign: campaign.contender.campaign, features: features[index], score: scores[index],
                pacing: campaign.pacing, depthBp: campaign.depthBp(for: key), verdict: verdict,
                shownBp: wins ? BasisPoints.whole - campaign.holdoutBp : 0)
        }
    }
}
