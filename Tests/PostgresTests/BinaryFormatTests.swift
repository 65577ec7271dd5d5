import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct BinaryFormatTests {
    @Test func `every type of value comes back as it was sent`() async throws {
        let database = try await TestDatabase.open()
        let id = Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        let time = try #require(Instant("1999-12-31T23:59:59.999999Z"))
        let day = try #require(BusinessDay("1969-07-20"))
        let external = ExternalID(stored: "магазин'; --")
        try await database.read(as: .authentication) { tx in
            try tx.one(
                """
                SELECT \(Int64.min), \(Int32.max), \(true), \("a\u{0301}'$1"), \(id), \(time), \(day), \(external),
                    \(Bytes([0, 255])), \(JSONB(Array("{\"a\":1}".utf8))), \(Int64?.none), \([Int64]()), \(["x", ""]),
                    \([Int64?.some(5), nil]), \([id])
                """
            ) { row in
                let numbers = (try row.next(Int64.self), try row.next(Int32.self), try row.next(Bool.self))
                let text = try row.next(String.self)
                let ids = (try row.next(Identifier.self), try row.next(Instant.self), try row.next(BusinessDay.self))
                let externals = (try row.next(ExternalID.self), try row.next(Bytes.self), try row.next(JSONB.self).text)
                let nothing = try row.nextOptional(Int64.self)
                let lists = (try row.next([Int64].self), try row.next([String].self))
                let withNull = try row.next(NullableArray<Int64>.self).elements
                let uuids = try row.next([Identifier].self)
                #expect(numbers == (Int64.min, Int32.max, true))
                #expect(Array(text.utf8) == Array("a\u{0301}'$1".utf8))
                #expect(ids == (id, time, day))
                #expect(externals == (external, Bytes([0, 255]), Array("{\"a\": 1}".utf8)))
                #expect(nothing == nil)
                #expect(lists == ([], ["x", ""]))
                #expect(withNull == [5, nil])
                #expect(uuids == [id])
            }
        }
    }

    @Test func `PostgreSQL reads our values as we mean them`() async throws {
        let database = try await TestDatabase.open()
        let time = try #require(Instant("2026-03-01T09:30:00.000001Z"))
        let day = try #require(BusinessDay("2026-02-28"))
        let texts = try await database.read(as: .authentication) { tx in
            try tx.one(
                "SELECT \(time)::text, \(day)::text, (\([Int64?.some(1), nil]))::text, \(Identifier(high: 1, low: 2))::text"
            ) { row in
                [try row.next(String.self), try row.next(String.self), try row.next(String.self), try row.next(String.self)]
            }
        }
        #expect(
            texts == [
                "2026-03-01 09:30:00.000001+00", "2026-02-28", "{1,NULL}", "00000000-0000-0001-0000-000000000002",
            ])
    }

    @Test func `a spliced statement keeps its values apart`() async throws {
        let database = try await TestDatabase.open()
        let parts: [SQL] = ["\(1) = 1", "\("a") = 'a'", "\(Int64(12)) BETWEEN \(Int64(10)) AND \(Int64(13))"]
        let whole: SQL = "SELECT \(7)::bigint, \(fragment: .joined(parts, separator: " AND "))"
        let answer = try await database.read(as: .authentication) { tx in
            try tx.one(whole) { row in (try row.next(Int64.self), try row.next(Bool.self)) }
        }
        #expect(answer == (7, true))
    }

    @Test func `reading a column as another type than it has is a fault, not a wrong value`() async throws {
        let database = try await TestDatabase.open()
        await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in
                try tx.one("SELECT 'abc'") { row in try row.next(Int64.self) }
            }
        }
    }

    @Test func `rows go in by binary COPY`() async throws {
        let database = try await TestDatabase.clone()
        let sum = try await database.administer { tx in
            try tx.script("CREATE TEMPORARY TABLE staged (id bigint, name text, amounts bigint[]) ON COMMIT DROP")
            let count = try tx.copy(into: "staged (id, name, amounts)") { copy in
                for id in 0..<20_000 {
                    try copy.row(fields: 3)
                    copy.field(Int64(id))
                    copy.field(id % 2 == 0 ? "name" : nil)
                    copy.field(array: [Int64(id), 1])
                }
            }
            #expect(count == 20_000)
            return try tx.one("SELECT sum(id + amounts[2])::bigint, count(name) FROM staged") { row in
                [try row.next(Int64.self), try row.next(Int64.self)]
            }
        }
        #expect(sum == [200_010_000, 10_000])
        await database.close()
    }

    @Test func `a COPY whose source fails leaves nothing and a usable connection`() async throws {
        struct SourceFailed: Error {}
        let database = try await TestDatabase.clone()
        try await database.transaction(as: Session(role: "tradewind_owner")) { tx in
            try tx.script("CREATE TABLE target (id bigint)")
        }
        await #expect(throws: SourceFailed.self) {
            try await database.transaction(as: Session(role: "tradewind_owner")) { tx in
                try tx.copy(into: "target (id)") { copy in
                    try copy.row(fields: 1)
                    copy.field(Int64(1))
                    throw SourceFailed()
                }
            }
        }
        let count = try await database.transaction(as: Session(role: "tradewind_owner")) { tx in
            try tx.one("SELECT count(*) FROM target") { row in try row.next(Int64.self) }
        }
        #expect(count == 0)
        await database.close()
    }
}
