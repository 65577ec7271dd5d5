import Bitmaps
package import Kernel
import Postgres
import Profiles

/// What was decided for a fixed sample of shoppers, so that something can be learned later (DOMAIN 17): all campaigns whose
/// audience holds one of them, with scores, verdicts, and how probable it was that the offer is shown.
package struct DecisionLog: Sendable {
    /// One shopper in a hundred, always the same.
    static let oneIn: UInt64 = 100
    /// Rows of periods that ended longer ago are removed.
    static let daysKept: Int32 = 182

    let round: DecisionRound

    struct Entry: Sendable {
        let shopper: UInt32
        var offers: [JudgedOffer] = []
    }

    /// Whether a shopper is of the sample. It depends on the key and the retailer alone.
    package static func holds(_ key: UInt32, of retailer: RetailerID) -> Bool {
        // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
        var mixed = retailer.value.high ^ retailer.value.low ^ UInt64(key) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % oneIn == 0
    }

    /// Nothing is kept of those to whom nothing may be promised. `scorer`: that of the choice, where there was one.
    func entries(of sample: KeySet, by scorer: OfferScorer?, in tx: borrowing Transaction) throws -> [Entry] {
        let keys = sample.sorted.filter { !round.eligibility.excluded.contains($0) && !round.concerning($0).isEmpty }
        guard !keys.isEmpty else { return [] }
        let judge = OfferJudge(scorer: try scorer ?? tx.scorer(of: round))
        var (entries, habits) = ([Entry](), BuyingHabits(round.goods, today: round.today))
        for start in stride(from: 0, to: keys.count, by: Transaction.habitsOfRead) {
            let part = Array(keys[start..<min(start + Transaction.habitsOfRead, keys.count)])
            try tx.eachHabit(
                of: part, .keys(part.map(Int64.init)), &habits, asOf: round.asOf, at: round.retailer
            ) { key, habits, redeemed in
                entries.append(Entry(shopper: key, offers: judge.offers(for: key, habits, redeemed)))
            }
        }
        return entries
    }
}

extension Transaction {
    /// Those of the sample, by key.
    func loggedShoppers(of retailer: RetailerID) throws -> KeySet {
        let keyMax = try one(
            "SELECT COALESCE(max(shopper_key), 0) FROM shopper WHERE retailer_id = \(retailer)",
            { row in try row.next(Int64.self) })
        guard keyMax > 0 else { return KeySet() }
        return KeySet((1...UInt32(clamping: keyMax)).filter { DecisionLog.holds($0, of: retailer) })
    }

    /// Adds to the rows of their period, and removes what is kept no longer.
    func log(_ entries: [DecisionLog.Entry], of round: DecisionRound, at now: Instant) throws {
        for start in stride(from: 0, to: entries.count, by: 256) {
            try pipeline(
                entries[start..<min(start + 256, entries.count)].map { entry in
                    let offers = entry.offers
                    return """
                        INSERT INTO offer_decision (
                            retailer_id, shopper_key, period_starts_on, period_ends_on, decided_at, campaigns, models, scores, pacing,
                            depths_bp, verdicts, shown_bp
                        )
                        VALUES (
                            \(round.retailer), \(Int64(entry.shopper)), \(round.period.startsOn), \(round.period.endsOn), \(now),
                            \(offers.map(\.campaign)), \(offers.map { _ in round.model.version }),
                            \(offers.map(\.score.millilogits)), \(offers.map(\.pacing)), \(offers.map(\.depthBp)),
                            \(offers.map(\.verdict)), \(offers.map(\.shownBp))
                        )
                        ON CONFLICT (retailer_id, shopper_key, period_starts_on) DO UPDATE
                        SET decided_at = EXCLUDED.decided_at, campaigns = offer_decision.campaigns || EXCLUDED.campaigns,
                            models = offer_decision.models || EXCLUDED.models, scores = offer_decision.scores || EXCLUDED.scores,
                            pacing = offer_decision.pacing || EXCLUDED.pacing,
                            depths_bp = offer_decision.depths_bp || EXCLUDED.depths_bp,
                            verdicts = offer_decision.verdicts || EXCLUDED.verdicts,
                            shown_bp = offer_decision.shown_bp || EXCLUDED.shown_bp
                        """
                })
        }
        let oldest = round.today.adding(days: -DecisionLog.daysKept)
        try execute("DELETE FROM offer_decision WHERE retailer_id = \(round.retailer) AND period_ends_on < \(oldest)")
    }
}
