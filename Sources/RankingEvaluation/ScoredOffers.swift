import Offers

/// The offers of one kind whose users are known, for several scores: each a number for each shopper, higher for whom it expects to
/// use the offer.
struct ScoredOffers {
    /// By score, by offer.
    private(set) var groups: [String: [RankedGroup]] = [:]
    private(set) var names: [String] = []

    mutating func add(_ name: String, _ entries: [(shopper: Int32, score: Int64, isUsed: Bool)]) {
        if groups[name] == nil { names.append(name) }
        groups[name, default: []].append(RankedGroup(entries))
    }

    func measure(_ name: String) -> RankingMeasure? {
        RankingMeasure.mean((groups[name] ?? []).compactMap(\.measure))
    }
}

/// A score of one feature, as a marketer would sort by it.
struct SingleScore: Sendable {
    let name: String
    let value: @Sendable (OfferFeatures) -> Int64

    static let ofRedeemers = [
        SingleScore(name: "spend_28d") { Int64($0.spendPlaceBp) },
        SingleScore(name: "category_buyers") { Int64($0.categoryReceipts) },
        SingleScore(name: "manufacturer_buyers") { Int64($0.brandReceipts) },
        SingleScore(name: "product_buyers") { Int64($0.productReceipts) },
        SingleScore(name: "coupon_use") { Int64($0.couponLines) },
        SingleScore(name: "past_redemptions") { Int64($0.redemptions) },
    ]

    static let ofBuyers = [
        SingleScore(name: "product_history") { Int64($0.productReceipts) },
        SingleScore(name: "category_history") { Int64($0.categoryReceipts) },
    ]
}

/// Outcomes to fit a model to: all users, and of the others each so manieth, which stands for those that were left out.
struct OutcomeSample {
    /// So many others for each user are enough: more would take time and tell little.
    static let othersForEachUser = 20

    private let every: Int
    private var others = 0
    private(set) var outcomes: [RankingOutcome] = []

    init(users: Int, others: Int, every: Int? = nil) {
        self.every = every ?? max(1, others / max(1, users * Self.othersForEachUser))
    }

    mutating func add(_ features: @autoclosure () -> OfferFeatures, isUsed: Bool) {
        if isUsed {
            outcomes.append(RankingOutcome(features(), isUsed: true))
        } else {
            if others % every == 0 { outcomes.append(RankingOutcome(features(), isUsed: false, weight: Int32(every))) }
            others += 1
        }
    }
}
