/// The shoppers of one campaign by falling score, with who used its offer.
package struct RankedGroup: Sendable {
    /// The part of a campaign's shoppers of whom lift asks how many users it holds.
    package static let topShare = 0.1

    package let shoppers: [Int32]
    package let isUsed: [Bool]
    /// Whether the next shopper's score is lower.
    private let endsTie: [Bool]

    package init(_ entries: [(shopper: Int32, score: Int64, isUsed: Bool)]) {
        let sorted = entries.sorted { ($1.score, $0.shopper) < ($0.score, $1.shopper) }
        shoppers = sorted.map(\.shopper)
        isUsed = sorted.map(\.isUsed)
        endsTie = sorted.indices.map { $0 + 1 == sorted.count || sorted[$0 + 1].score != sorted[$0].score }
    }

    package var users: Int { isUsed.count { $0 } }

    package var measure: RankingMeasure? { measure(counting: nil) }

    /// With each shopper counted so many times, as the bootstrap draws them. Shoppers of equal scores share: each pair of them
    /// counts half for the AUC, and of a tie at the border of the top as much as fits goes in. Nil where nobody used the offer,
    /// or everybody.
    package func measure(counting counts: [Int32]?) -> RankingMeasure? {
        var (used, unused) = (0, 0)
        for place in shoppers.indices {
            let count = counts.map { Int($0[Int(shoppers[place])]) } ?? 1
            if isUsed[place] { used += count } else { unused += count }
        }
        guard used > 0, unused > 0 else { return nil }
        let top = Self.topShare * Double(used + unused)
        var (tie, before): ((used: Int, unused: Int), (used: Int, unused: Int)) = ((0, 0), (0, 0))
        var (pairs, hits) = (0.0, 0.0)
        for place in shoppers.indices {
            let count = counts.map { Int($0[Int(shoppers[place])]) } ?? 1
            if isUsed[place] { tie.used += count } else { tie.unused += count }
            guard endsTie[place] else { continue }
            pairs += Double(tie.used) * (Double(unused - before.unused - tie.unused) + Double(tie.unused) / 2)
            let room = top - Double(before.used + before.unused)
            let size = Double(tie.used + tie.unused)
            if room > 0, size > 0 { hits += Double(tie.used) * min(1, room / size) }
            before = (before.used + tie.used, before.unused + tie.unused)
            tie = (0, 0)
        }
        return RankingMeasure(
            auc: pairs / (Double(used) * Double(unused)), lift: hits / (Self.topShare * Double(used)), users: Double(used))
    }
}

/// How well a score tells users from others: the probability that a user's score is the higher one (AUC; 0.5 is by chance), and
/// how many times as many users the best tenth holds as a tenth by chance (lift).
package struct RankingMeasure: Sendable, Hashable {
    package let auc: Double
    package let lift: Double
    package let users: Double

    package init(auc: Double, lift: Double, users: Double) {
        self.auc = auc
        self.lift = lift
        self.users = users
    }

    /// Over campaigns, each counting by its users.
    package static func mean(_ measures: some Sequence<RankingMeasure>) -> RankingMeasure? {
        var (auc, lift, users) = (0.0, 0.0, 0.0)
        for measure in measures {
            auc += measure.auc * measure.users
            lift += measure.lift * measure.users
            users += measure.users
        }
        return users > 0 ? RankingMeasure(auc: auc / users, lift: lift / users, users: users) : nil
    }
}
