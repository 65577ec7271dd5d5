package import Kernel
package import Postgres

extension Transaction {
    /// Makes the business days of a zone known, from and through two days, for days that start so many minutes after
    /// midnight. PostgreSQL works them out from its time zone tables; those that stand already stay as they are.
    package func ensureZoneDays(
        _ zone: String, from first: BusinessDay, through last: BusinessDay, dayStartsAtMinutes: Int32 = 0
    ) throws {
        let count = last.daysSince1970 - first.daysSince1970 + 1
        precondition((1...CatalogueLimits.zoneDaysMax).contains(count), "a bounded span of days")
        guard try knownZoneDays(zone, first, last, dayStartsAtMinutes) < Int(count) else { return }
        try execute(
            """
            INSERT INTO zone_day (
                zone, day_starts_at_minutes, business_day, starts_at, ends_at, wall_minutes_at_start, shift_at, shift_minutes
            )
            SELECT \(zone), \(dayStartsAtMinutes), span.business_day, span.starts_at, span.ends_at,
                (extract(epoch FROM span.starts_at AT TIME ZONE \(zone) - span.business_day::timestamp) / 60)::int,
                shift.at, shift.minutes
            FROM (
                SELECT given.day::date AS business_day,
                    zone_instant(\(zone), given.day + make_interval(mins => \(dayStartsAtMinutes))) AS starts_at,
                    zone_instant(\(zone), given.day + make_interval(days => 1, mins => \(dayStartsAtMinutes))) AS ends_at
                FROM generate_series(\(first)::timestamp, \(last)::timestamp, interval '1 day') AS given (day)
            ) AS span
            LEFT JOIN LATERAL zone_shift(\(zone), span.starts_at, span.ends_at) AS shift (at, minutes) ON true
            WHERE span.starts_at < span.ends_at
            ON CONFLICT (zone, day_starts_at_minutes, business_day) DO NOTHING
            """)
    }

    /// The days of a zone that are known, as a value to look moments up in.
    package func calendar(
        ofZone zone: String, from first: BusinessDay, through last: BusinessDay, dayStartsAtMinutes: Int32 = 0
    ) throws -> ZoneCalendar {
        let days = try query(
            """
            SELECT business_day, starts_at, ends_at, wall_minutes_at_start, shift_at, shift_minutes
            FROM zone_day
            WHERE zone = \(zone) AND day_starts_at_minutes = \(dayStartsAtMinutes)
                AND business_day BETWEEN \(first) AND \(last)
            ORDER BY business_day
            """, { row in try ZoneDay(row: &row) })
        return .init(zone: zone, dayStartsAtMinutes: dayStartsAtMinutes, days: days)
    }

    /// The business day of a store at a moment, by its zone and the retailer's `day_starts_at`; nil where there is no such
    /// store. Writes the days around it where they are not known yet. Where it is asked often, keep a `ZoneCalendar`.
    package func businessDay(at instant: Instant, inStore ordinal: Int32, of retailer: RetailerID) throws -> BusinessDay? {
        let clock = try first(
            """
            SELECT store.zone, policy.day_starts_at_minutes
            FROM store
            JOIN policy ON policy.retailer_id = \(retailer)
            WHERE store.retailer_id = \(retailer) AND store.ordinal = \(ordinal)
            """
        ) { row in (zone: try row.next(String.self), startsAt: try row.next(Int32.self)) }
        guard let clock else { return nil }
        // A zone is at most 14 hours off and a day starts at most 12 hours late.
        let (first, last) = (instant.utcDay.adding(days: -2), instant.utcDay.adding(days: 2))
        try ensureZoneDays(clock.zone, from: first, through: last, dayStartsAtMinutes: clock.startsAt)
        return try calendar(ofZone: clock.zone, from: first, through: last, dayStartsAtMinutes: clock.startsAt).day(of: instant)
    }

    private func knownZoneDays(
        _ zone: String, _ first: BusinessDay, _ last: BusinessDay, _ dayStartsAtMinutes: Int32
    ) throws -> Int {
        try one(
            """
            SELECT count(*)
            FROM zone_day
            WHERE zone = \(zone) AND day_starts_at_minutes = \(dayStartsAtMinutes)
                AND business_day BETWEEN \(first) AND \(last)
            """, { row in try row.next() })
    }
}

extension ZoneDay {
    init(row: inout Row) throws {
        let (day, startsAt, endsAt): (BusinessDay, Instant, Instant) = (try row.next(), try row.next(), try row.next())
        let wallMinutes: Int32 = try row.next()
        let (shiftAt, shiftMinutes): (Instant?, Int32?) = (try row.nextOptional(), try row.nextOptional())
        var shift: Shift?
        if let shiftAt, let shiftMinutes { shift = Shift(at: shiftAt, minutes: shiftMinutes) }
        self.init(day: day, startsAt: startsAt, endsAt: endsAt, wallMinutesAtStart: wallMinutes, shift: shift)
    }
}
