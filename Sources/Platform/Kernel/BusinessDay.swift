/// A day of a till's books in its store's zone: a calendar date without a time. Counted in days since 1970-01-01.
@frozen package struct BusinessDay: Hashable, Sendable, Comparable {
    package let daysSince1970: Int32

    @inlinable package init(daysSince1970: Int32) { self.daysSince1970 = daysSince1970 }

    @inlinable package static func < (left: Self, right: Self) -> Bool { left.daysSince1970 < right.daysSince1970 }

    @inlinable package func adding(days: Int32) -> BusinessDay { BusinessDay(daysSince1970: daysSince1970 + days) }

    /// The Monday of this day's week; weeks run Monday to Sunday (DOMAIN 11).
    package var startOfWeek: BusinessDay {
        let sinceMonday = (daysSince1970 % 7 + 7 + 3) % 7
        return adding(days: -sinceMonday)
    }

    package var startOfMonth: BusinessDay {
        let (year, month, _) = civil
        return BusinessDay(year: year, month: month, day: 1)!
    }
}

extension BusinessDay {
    /// Year, month and day of the proleptic Gregorian calendar
    /// (Howard Hinnant, https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
    package var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSince1970) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Nil where there is no such date. Years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(inMonth: month, of: year)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSince1970: Int32(era * 146_097 + dayOfEra - 719_468))
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension BusinessDay: CustomStringConvertible, LosslessStringConvertible {
    /// ISO 8601: `2026-03-01`.
    package var description: String {
        let (year, month, day) = civil
        return "\(padded(Int64(year), 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))"
    }

    package init?(_ text: String) {
        var scanner = DigitScanner(text)
        guard let day = scanner.day(), scanner.isAtEnd else { return nil }
        self = day
    }
}
