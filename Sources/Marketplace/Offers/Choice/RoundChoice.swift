import Bitmaps
import Kernel
import Postgres
import Profiles

/// Chooses the offers of all shoppers of a round, a stretch of keys after the other: what is in memory is the sets of the
/// campaigns, and one stretch.
struct RoundChoice: Sendable {
    /// Keys of a stretch: those of one container of a compressed set.
    static let keysOfStretch: UInt32 = 65_536

    let round: DecisionRound

    /// Whom each campaign of the round is promised to, by place. `scorer`: nil where the choice is open and nobody competes.
    func granted(by scorer: OfferScorer?, in tx: borrowing Transaction) throws -> [KeySet] {
        guard let scorer else { return round.campaigns.map { $0.isDue ? $0.eligible : KeySet() } }
        var granted = [KeySet](repeating: KeySet(), count: round.campaigns.count)
        var habits = BuyingHabits(round.goods, today: round.today)
        for stretch in stretches {
            let wanting = PlacesByKey(stretch, round.due.map { ($0, round.campaigns[$0].eligible) })
            guard !wanting.isEmpty else { continue }
            let chosen = try Stretch(
                round: round, wanting: wanting, kept: PlacesByKey(stretch, round.campaigns.enumerated().map { ($0, $1.kept) }),
                seen: PlacesByKey(stretch, round.campaigns.enumerated().map { ($0, $1.shownThisWeek) })
            ).chosen(by: scorer, &habits, in: tx)
            for place in round.due where !chosen[place].isEmpty { granted[place].formUnion(KeySet(chosen[place])) }
        }
        return granted
    }

    /// Of the keys that somebody wants.
    private var stretches: [ClosedRange<UInt32>] {
        let last = round.due.compactMap { round.campaigns[$0].eligible.greatest }.max()
        guard let last else { return [] }
        return stride(from: 0, through: UInt64(last), by: Int(Self.keysOfStretch)).map { start in
            UInt32(start)...UInt32(min(start + UInt64(Self.keysOfStretch) - 1, UInt64(UInt32.max)))
        }
    }
}

/// The choice for the shoppers of one stretch.
private struct Stretch {
    let round: DecisionRound
    let wanting: PlacesByKey
    let kept: PlacesByKey
    let seen: PlacesByKey

    /// Keys by place, rising.
    func chosen(
        by scorer: OfferScorer, _ habits: inout BuyingHabits, in tx: borrowing Transaction
    ) throws -> [[UInt32]] {
        var chosen = [[UInt32]](repeating: [], count: round.campaigns.count)
        var contested: [UInt32] = []
        for key in wanting.keys {
            if round.choice.admitsAll(wanting[key], holding: kept[key], shownThisWeek: seen[key]) {
                for place in wanting[key] { chosen[place].append(key) }
            } else {
                contested.append(key)
            }
        }
        let size = Transaction.habitsOfRead
        for start in stride(from: 0, to: contested.count, by: size) {
            let keys = Array(contested[start..<min(start + size, contested.count)])
            try tx.eachHabit(
                of: keys, ShopperSelection(near: keys), &habits, asOf: round.asOf, at: round.retailer
            ) { key, habits, redeemed in
                let bids = wanting[key].map { scorer.bid(of: $0, for: key, habits, redeemed) }
                let verdicts = round.choice.choose(bids, holding: kept[key], shownThisWeek: seen[key])
                for (bid, verdict) in zip(bids, verdicts) where verdict == .chosen { chosen[bid.place].append(key) }
            }
        }
        return chosen
    }
}
