/// What a campaign that is behind its plan of spending gets on top of each score, in millilogits. The plan is an equal part of
/// the budget for each of its days; who is ahead of it loses nothing.
package enum PacingPoints {
    /// Of a campaign that has spent nothing when its days are over: the odds count 2.7 times.
    package static let most: Int32 = 1_000

    /// `daysOver` of `days` are over, `spentMinor` of `budgetMinor` are spent or kept by quotes.
    package static func points(spentMinor: Int64, budgetMinor: Int64, daysOver: Int32, days: Int32) -> Int32 {
        guard budgetMinor > 0, days > 0 else { return 0 }
        let planned = Int64(most) * Int64(min(max(0, daysOver), days)) / Int64(days)
        let spent = Int64(Int128(most) * Int128(min(max(0, spentMinor), budgetMinor)) / Int128(budgetMinor))
        return Int32(max(0, planned - spent))
    }
}
