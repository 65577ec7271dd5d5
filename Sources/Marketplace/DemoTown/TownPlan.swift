package import Kernel

/// What a demo town is asked to be. The same plan always gives the same town, to the last byte.
package struct TownPlan: Hashable, Sendable {
    /// Receipt numbers are 32 bits: shopper, passer-by or not, and visit of the day.
    package static let shoppersMax = 800_000_000
    package static let weeksMax = 520

    /// The number of shoppers with a loyalty card.
    package let shoppers: Int
    /// The length of the history of receipts.
    package let weeks: Int
    package let seed: UInt64
    /// The last business day of the history.
    package let lastDay: BusinessDay

    /// Nil where a number is below 1 or above its limit.
    package init?(shoppers: Int, weeks: Int, seed: UInt64, lastDay: BusinessDay) {
        guard (1...Self.shoppersMax).contains(shoppers), (1...Self.weeksMax).contains(weeks) else { return nil }
        self.shoppers = shoppers
        self.weeks = weeks
        self.seed = seed
        self.lastDay = lastDay
    }

    /// The business days of the history, oldest first.
    package var days: [BusinessDay] { (0..<Int32(7 * weeks)).reversed().map { lastDay.adding(days: -$0) } }
}
