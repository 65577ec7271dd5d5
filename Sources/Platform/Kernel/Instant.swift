/// A point in time: microseconds since 1970-01-01T00:00:00Z, as PostgreSQL's `timestamptz` resolves it.
@frozen package struct Instant: Hashable, Sendable, Comparable {
    package let microseconds: Int64

    @inlinable package init(microseconds: Int64) { self.microseconds = microseconds }

    @inlinable package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    package func adding(seconds: Int64) -> Instant { Instant(microseconds: microseconds + seconds * 1_000_000) }

    /// The day of this instant in UTC.
    package var utcDay: BusinessDay { BusinessDay(daysSince1970: Int32(microseconds.flooredQuotient(by: 86_400_000_000))) }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with microseconds where there are any: `2026-03-01T09:30:00Z`.
    package var description: String {
        let day = utcDay
        let rest = microseconds - Int64(day.daysSince1970) * 86_400_000_000
        let (second, micro) = (rest / 1_000_000, rest % 1_000_000)
        var text = "\(day)T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        if micro != 0 { text += ".\(padded(micro, 6))" }
        return text + "Z"
    }
}

extension Instant {
    /// Parses RFC 3339 with any offset: `2026-03-01T12:30:00+03:00`. Nil where it is anything else; a leap second is
    /// read as the second after it, and fractions beyond microseconds are cut.
    package init?(_ text: String) {
        var scanner = DigitScanner(text)
        guard let day = scanner.day(), scanner.skip("Tt "), let hour = scanner.number(2), scanner.skip(":"),
            let minute = scanner.number(2), scanner.skip(":"), let second = scanner.number(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let micros = scanner.skip(".") ? scanner.fraction() : 0
        guard let micros, let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        let seconds = Int64(day.daysSince1970) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        self.init(microseconds: seconds * 1_000_000 + micros)
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
