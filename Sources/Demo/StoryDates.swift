package import Kernel

/// When the story plays: its campaign runs from a Monday to a Sunday, and has settled before today begins.
package struct StoryDates: Hashable, Sendable {
    /// All stores' clocks are so far ahead of UTC.
    static let zoneSeconds: Int64 = 3 * 3600
    static let settlingDays: Int32 = 7

    /// The stores' running day.
    package let today: BusinessDay

    package init(at now: Instant) { today = now.adding(seconds: Self.zoneSeconds).utcDay }

    /// The first day of the campaign.
    package var monday: BusinessDay { today.startOfWeek.adding(days: -14) }
    /// The day on which everything is prepared: the Friday before.
    var eve: BusinessDay { monday.adding(days: -3) }
    /// The last day of the history that is there when the story begins.
    package var historyEnd: BusinessDay { eve.adding(days: -1) }
    var sunday: BusinessDay { monday.adding(days: 6) }
    /// The day that begins with the campaign's close.
    var closing: BusinessDay { monday.adding(days: 7 + Self.settlingDays) }
    var yesterday: BusinessDay { today.adding(days: -1) }

    func days(from first: BusinessDay, through last: BusinessDay) -> [BusinessDay] {
        first > last ? [] : (first.daysSince1970...last.daysSince1970).map(BusinessDay.init(daysSince1970:))
    }

    /// The moment at which the stores' clocks show this time.
    static func instant(_ day: BusinessDay, hour: Int64 = 0, minute: Int64 = 0) -> Instant {
        Instant(microseconds: (Int64(day.daysSince1970) * 86_400 + hour * 3600 + minute * 60 - zoneSeconds) * 1_000_000)
    }
}
