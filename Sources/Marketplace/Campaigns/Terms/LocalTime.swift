package import HTTPSupport
package import JSONText
package import Kernel

/// A date and time of the wall clock, which means another instant in each store's zone (DOMAIN 11): `2026-03-09T09:00:00`.
package struct LocalTime: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00 of the local clock, as PostgreSQL's `timestamp` counts.
    package let clock: Instant

    package init(clock: Instant) { self.clock = clock }

    /// The first moment of a day.
    package init(startOf day: BusinessDay) { clock = Instant(microseconds: Int64(day.daysSince1970) * 86_400_000_000) }

    package var day: BusinessDay { clock.utcDay }

    /// The last day that has a moment before this time: the end of a period does not belong to it.
    package var lastDayBefore: BusinessDay { Instant(microseconds: clock.microseconds - 1).utcDay }

    package static func < (left: LocalTime, right: LocalTime) -> Bool { left.clock < right.clock }
}

extension LocalTime: CustomStringConvertible, LosslessStringConvertible {
    package var description: String { String("\(clock)".dropLast()) }

    package init?(_ text: String) {
        guard let last = text.utf8.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last),
            text.utf8.count == 19 || text.utf8.dropFirst(19).first == UInt8(ascii: "."), let clock = Instant(text + "Z")
        else { return nil }
        self.clock = clock
    }
}

extension LocalTime: JSONWritable {
    package func write(to json: inout JSONWriter) { json.string(description) }
}

extension Fields {
    /// A wall clock time without an offset.
    package func localTime(_ name: String) -> LocalTime {
        let text = string(name, max: 32)
        if let time = LocalTime(text) { return time }
        if !text.isEmpty { refuse(name, "not_a_local_time", "Must be a local time without an offset, like 2026-03-09T00:00:00.") }
        return LocalTime(clock: Instant(microseconds: 0))
    }
}
