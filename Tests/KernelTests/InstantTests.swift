import Kernel
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("2026-03-01T12:30:00+03:00", "2026-03-01T09:30:00Z"), ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"),
        ("2024-02-29T00:00:00-05:30", "2024-02-29T05:30:00Z"), ("2026-12-31t23:59:60z", "2027-01-01T00:00:00Z"),
        ("2026-03-01T09:30:00.1234567Z", "2026-03-01T09:30:00.123456Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ])
    func `a time of RFC 3339 is read and written`(text: String, written: String) throws {
        #expect(try #require(Instant(text)).description == written)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:00:00",
        "2026-03-01T00:00:00.Z", "2026-03-01T00:00:00+3:00", "2026-03-01T00:00:00Zx", "２026-03-01T00:00:00Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `a business day and its civil date are each other's inverse over ten thousand days a step of 97`() throws {
        for days in stride(from: Int32(-719_162), through: 2_932_896, by: 97) {
            let day = BusinessDay(daysSince1970: days)
            let (year, month, dayOfMonth) = day.civil
            #expect(BusinessDay(year: year, month: month, day: dayOfMonth) == day)
            #expect(BusinessDay(day.description) == day)
        }
    }

    @Test func `a week starts on Monday`() throws {
        #expect(try #require(BusinessDay("2026-03-08")).startOfWeek.description == "2026-03-02")
        #expect(try #require(BusinessDay("2026-03-02")).startOfWeek.description == "2026-03-02")
        #expect(try #require(BusinessDay("1969-12-31")).startOfWeek.description == "1969-12-29")
    }
}
