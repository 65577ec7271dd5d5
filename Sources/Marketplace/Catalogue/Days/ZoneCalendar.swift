package import Kernel

/// A business day of a time zone: a span of real time, and what the clocks on the wall did in it. Days of a zone tile the
/// time without a gap; a date that the clocks skipped (Apia, 2011-12-30) is no day.
package struct ZoneDay: Sendable, Hashable {
    package let day: BusinessDay
    package let startsAt: Instant
    /// Where the next day starts.
    package let endsAt: Instant
    /// The clock on the wall at the start, in minutes since the midnight of `day`: `day_starts_at`, or later where the
    /// clocks skipped that time.
    package let wallMinutesAtStart: Int32
    /// When in this day the clocks are changed, and by how much: +60 where an hour is skipped, -60 where it comes twice.
    package let shift: Shift?

    package struct Shift: Sendable, Hashable {
        package let at: Instant
        package let minutes: Int32

        package init(at: Instant, minutes: Int32) {
            self.at = at
            self.minutes = minutes
        }
    }

    package init(day: BusinessDay, startsAt: Instant, endsAt: Instant, wallMinutesAtStart: Int32, shift: Shift?) {
        precondition(startsAt < endsAt, "a day has a length")
        self.day = day
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.wallMinutesAtStart = wallMinutesAtStart
        self.shift = shift
    }

    /// When the wall shows so many minutes since the midnight of `day`. A time that comes twice is its first; one that is
    /// skipped is the moment of the skip.
    func instant(ofWallMinutes minutes: Int32) -> Instant {
        guard minutes > wallMinutesAtStart else { return startsAt }
        let unshifted = startsAt.adding(seconds: Int64(minutes - wallMinutesAtStart) * 60)
        guard let shift, unshifted >= shift.at else { return min(unshifted, endsAt) }
        let shifted = unshifted.adding(seconds: -Int64(shift.minutes) * 60)
        return min(max(shifted, shift.at), endsAt)
    }
}

/// The business days of one time zone over a while, in memory. Made from PostgreSQL's `zone_day`: the program itself
/// knows no time zones (docs/decisions/0003-time-zones.md).
package struct ZoneCalendar: Sendable, Hashable {
    package let zone: String
    /// When a business day starts, in minutes after midnight; a sale before it belongs to the day before.
    package let dayStartsAtMinutes: Int32
    /// In order, without a gap between one's end and the next one's start.
    package let days: [ZoneDay]

    package init(zone: String, dayStartsAtMinutes: Int32 = 0, days: [ZoneDay]) {
        precondition(zip(days, days.dropFirst()).allSatisfy { $0.endsAt == $1.startsAt }, "days of a zone tile the time")
        self.zone = zone
        self.dayStartsAtMinutes = dayStartsAtMinutes
        self.days = days
    }

    /// The business day at a moment; nil outside the days that were loaded.
    package func day(of instant: Instant) -> BusinessDay? {
        let index = firstIndex { $0.endsAt > instant }
        guard index < days.count, days[index].startsAt <= instant else { return nil }
        return days[index].day
    }

    /// The span of a business day; nil where there is no such day or it was not loaded.
    package func span(of day: BusinessDay) -> ZoneDay? {
        let index = firstIndex { $0.day >= day }
        return index < days.count && days[index].day == day ? days[index] : nil
    }

    /// When clocks on the wall show a date and a time, in minutes after midnight. On a skipped date: when the next day
    /// starts. Nil outside the days that were loaded.
    package func instant(ofLocal date: BusinessDay, minutes: Int32) -> Instant? {
        precondition((0..<1440).contains(minutes), "a time of day")
        let isEarly = minutes < dayStartsAtMinutes
        let day = isEarly ? date.adding(days: -1) : date
        let index = firstIndex { $0.day >= day }
        guard index < days.count, index > 0 || days[index].day == day else { return nil }
        guard days[index].day == day else { return days[index].startsAt }
        return days[index].instant(ofWallMinutes: isEarly ? minutes + 1440 : minutes)
    }

    /// The first day of which `test` holds; it holds for all after it.
    private func firstIndex(where test: (ZoneDay) -> Bool) -> Int {
        var (low, high) = (0, days.count)
        while low < high {
            let middle = (low + high) / 2
            if test(days[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
