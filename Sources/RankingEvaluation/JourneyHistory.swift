import Kernel
import Offers

/// The panel, cut in two: what a model may be fitted to, and what it is tested on.
struct JourneyHistory {
    /// A campaign that starts sooner after the first receipt has no past to be scored by.
    static let pastDaysMin: Int32 = 28

    let journey: Journey
    let cut: BusinessDay
    /// Which coupons belong to whom.
    private let owners: [Int32: Set<Int32>]

    init(_ journey: Journey, fittedBefore cut: BusinessDay) {
        (self.journey, self.cut) = (journey, cut)
        var owners: [Int32: Set<Int32>] = [:]
        for coupon in journey.campaigns.flatMap(\.coupons) {
            if let owner = coupon.owner { owners[owner, default: []].insert(coupon.coupon) }
        }
        self.owners = owners
    }

    func early(_ offers: [JourneyOffer]) -> [JourneyOffer] {
        let first = journey.firstDay + Self.pastDaysMin
        return offers.filter { (first..<cut.daysSince1970).contains(journey.campaigns[$0.campaign].start) }
    }

    func late(_ offers: [JourneyOffer]) -> [JourneyOffer] {
        offers.filter { journey.campaigns[$0.campaign].start >= cut.daysSince1970 }
    }

    func features(of offer: JourneyOffer) -> JourneyFeatures { JourneyFeatures(journey, offer, owners: owners) }

    /// All who redeemed, and each so manieth of the others; as many as are enough where nothing is said.
    func sample(of offers: [JourneyOffer], every: Int? = nil) -> [RankingOutcome] {
        let shown = offers.reduce(0) { $0 + $1.households.count }
        let users = offers.reduce(0) { $0 + $1.redeemers.count }
        var sample = OutcomeSample(users: users, others: shown - users, every: every)
        for offer in offers {
            let known = features(of: offer)
            for household in offer.households {
                sample.add(known.features(of: household), isUsed: offer.redeemers.contains(household))
            }
        }
        return sample.outcomes
    }
}
