import Catalogue
import Kernel
import Parties
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct ZoneTests {
    private func calendar(
        _ zone: String, _ first: String, _ last: String, startsAt: Int32 = 0
    ) async throws -> ZoneCalendar {
        let (from, through) = (try #require(BusinessDay(first)), try #require(BusinessDay(last)))
        return try await TestDatabase.open().transaction(as: .platform) { tx in
            try tx.ensureZoneDays(zone, from: from, through: through, dayStartsAtMinutes: startsAt)
            return try tx.calendar(ofZone: zone, from: from, through: through, dayStartsAtMinutes: startsAt)
        }
    }

    private func at(_ text: String) -> Instant { Instant(text)! }

    private func date(_ text: String) -> BusinessDay { BusinessDay(text)! }

    @Test func `Moscow's days start at nine in the evening of UTC`() async throws {
        let moscow = try await calendar("Europe/Moscow", "2026-02-28", "2026-03-03")

        #expect(moscow.days.count == 4)
        #expect(moscow.day(of: at("2026-03-01T20:59:59Z")) == date("2026-03-01"))
        #expect(moscow.day(of: at("2026-03-01T21:00:00Z")) == date("2026-03-02"))
        #expect(moscow.day(of: at("2026-02-27T20:59:59Z")) == nil)
        #expect(moscow.day(of: at("2026-03-03T21:00:00Z")) == nil)
        #expect(moscow.instant(ofLocal: date("2026-03-02"), minutes: 9 * 60 + 30) == at("2026-03-02T06:30:00Z"))
    }

    @Test func `Moscow's clocks stayed an hour back in October 2014`() async throws {
        let moscow = try await calendar("Europe/Moscow", "2014-10-25", "2014-10-27")

        #expect(moscow.instant(ofLocal: date("2014-10-26"), minutes: 0) == at("2014-10-25T20:00:00Z"))
        #expect(moscow.instant(ofLocal: date("2014-10-26"), minutes: 12 * 60) == at("2014-10-26T09:00:00Z"))
        #expect(moscow.span(of: date("2014-10-26"))?.shift == ZoneDay.Shift(at: at("2014-10-25T22:00:00Z"), minutes: -60))
    }

    @Test func `New York's spring day has 23 hours, and a skipped time is the moment of the skip`() async throws {
        let york = try await calendar("America/New_York", "2026-03-07", "2026-03-09")
        let day = date("2026-03-08")

        #expect(york.span(of: day)?.startsAt == at("2026-03-08T05:00:00Z"))
        #expect(york.span(of: day)?.endsAt == at("2026-03-09T04:00:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 119) == at("2026-03-08T06:59:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 150) == at("2026-03-08T07:00:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 180) == at("2026-03-08T07:00:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 12 * 60) == at("2026-03-08T16:00:00Z"))
    }

    @Test func `New York's autumn day has 25 hours, and a time that comes twice is its first`() async throws {
        let york = try await calendar("America/New_York", "2026-10-31", "2026-11-02")
        let day = date("2026-11-01")

        #expect(york.span(of: day)?.startsAt == at("2026-11-01T04:00:00Z"))
        #expect(york.span(of: day)?.endsAt == at("2026-11-02T05:00:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 90) == at("2026-11-01T05:30:00Z"))
        #expect(york.instant(ofLocal: day, minutes: 120) == at("2026-11-01T07:00:00Z"))
        #expect(york.day(of: at("2026-11-02T04:59:59Z")) == day)
    }

    @Test func `Apia has no 30 December 2011`() async throws {
        let apia = try await calendar("Pacific/Apia", "2011-12-28", "2012-01-01")

        #expect(apia.days.map(\.day) == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"].map(date))
        #expect(apia.span(of: date("2011-12-30")) == nil)
        #expect(apia.day(of: at("2011-12-30T09:59:59Z")) == date("2011-12-29"))
        #expect(apia.day(of: at("2011-12-30T10:00:00Z")) == date("2011-12-31"))
        #expect(apia.instant(ofLocal: date("2011-12-30"), minutes: 600) == at("2011-12-30T10:00:00Z"))
    }

    @Test func `a day whose midnight is skipped starts at one, and one whose midnight comes twice at the first`() async throws {
        let brazil = try await calendar("America/Sao_Paulo", "2018-11-03", "2018-11-05")
        let cuba = try await calendar("America/Havana", "2025-11-01", "2025-11-03")

        #expect(brazil.span(of: date("2018-11-04"))?.startsAt == at("2018-11-04T03:00:00Z"))
        #expect(brazil.span(of: date("2018-11-04"))?.wallMinutesAtStart == 60)
        #expect(brazil.instant(ofLocal: date("2018-11-04"), minutes: 12 * 60) == at("2018-11-04T14:00:00Z"))
        #expect(cuba.span(of: date("2025-11-02"))?.startsAt == at("2025-11-02T04:00:00Z"))
        #expect(cuba.instant(ofLocal: date("2025-11-02"), minutes: 30) == at("2025-11-02T04:30:00Z"))
        #expect(cuba.instant(ofLocal: date("2025-11-02"), minutes: 60) == at("2025-11-02T06:00:00Z"))
    }

    @Test func `where days start at four, the small hours belong to the day before`() async throws {
        let moscow = try await calendar("Europe/Moscow", "2026-03-01", "2026-03-03", startsAt: 240)

        #expect(moscow.day(of: at("2026-03-02T00:59:59Z")) == date("2026-03-01"))
        #expect(moscow.day(of: at("2026-03-02T01:00:00Z")) == date("2026-03-02"))
        #expect(moscow.instant(ofLocal: date("2026-03-02"), minutes: 120) == at("2026-03-01T23:00:00Z"))
        #expect(moscow.instant(ofLocal: date("2026-03-02"), minutes: 300) == at("2026-03-02T02:00:00Z"))
    }

    @Test(arguments: [
        "America/New_York", "Europe/London", "Asia/Tehran", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
        "America/Havana", "Asia/Kathmandu", "Pacific/Chatham",
    ])
    func `every minute of a local day is found again where PostgreSQL has it`(_ zone: String) async throws {
        let seed: UInt64 = 20_260_302
        let zoneDays = try await calendar(zone, "2017-01-01", "2019-12-31")
        var generator = SeededGenerator(seed: seed)
        let samples = zoneDays.days.dropFirst().dropLast().flatMap { day in
            (day.shift == nil ? 0..<1 : 0..<40).map { _ in
                Instant(
                    microseconds: Int64.random(in: day.startsAt.microseconds..<day.endsAt.microseconds, using: &generator)
                        / 60_000_000 * 60_000_000)
            }
        }
        let local = try await TestDatabase.open().transaction(as: .platform) { tx in
            try tx.query(
                """
                SELECT given.at, (given.at AT TIME ZONE \(zone))::date,
                    (extract(epoch FROM (given.at AT TIME ZONE \(zone))::time) / 60)::int
                FROM unnest(\(samples)) AS given (at)
                """
            ) { row in (at: try row.next(Instant.self), date: try row.next(BusinessDay.self), minutes: try row.next(Int32.self)) }
        }

        for sample in local {
            #expect(zoneDays.day(of: sample.at) == sample.date, "\(zone) \(sample.at) seed \(seed)")
            let found = try #require(zoneDays.instant(ofLocal: sample.date, minutes: sample.minutes))
            let shift = zoneDays.span(of: sample.date)?.shift
            let isSecond = shift.map { $0.minutes < 0 && sample.at >= $0.at && found < $0.at } ?? false
            let expected = isSecond ? sample.at.adding(seconds: Int64(shift?.minutes ?? 0) * 60) : sample.at
            #expect(found == expected, "\(zone) \(sample.at) seed \(seed)")
        }
    }

    @Test func `a store's business day follows its zone and the retailer's policy`() async throws {
        try await TestMarket.run { market in
            let retailer = try await market.makeRetailer()
            let stores = try await market.makeStores(2, of: retailer) { $0.zone = $0.id == "s2" ? "Asia/Vladivostok" : nil }
            let moment = at("2026-03-02T16:00:00Z")

            let (moscow, east, none) = try await market.load(retailer) { tx, _ in
                (
                    try tx.businessDay(at: moment, inStore: stores["s1"] ?? 0, of: retailer),
                    try tx.businessDay(at: moment, inStore: stores["s2"] ?? 0, of: retailer),
                    try tx.businessDay(at: moment, inStore: 99, of: retailer)
                )
            }
            let late = try await market.load(retailer) { tx, _ in
                try tx.execute("UPDATE policy SET day_starts_at_minutes = 360 WHERE retailer_id = \(retailer)")
                return try tx.businessDay(at: moment, inStore: stores["s2"] ?? 0, of: retailer)
            }

            #expect(moscow == date("2026-03-02"))
            #expect(east == date("2026-03-03"))
            #expect(none == nil)
            #expect(late == date("2026-03-02"))
        }
    }
}
