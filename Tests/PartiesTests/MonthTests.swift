import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct MonthTests {
    @Test func `of 32 who want a new month at once one attaches it and all find it`() async throws {
        let database = try await TestDatabase.open()
        for month in 1...12 {
            let day = BusinessDay(year: 2041, month: month, day: 15)!
            let attached = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await database.transaction(as: .platform) { tx in
                            try tx.one("SELECT attach_month('event', \(day))", { row in try row.next(Bool.self) })
                        }
                    }
                }
                return try await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(attached.count { $0 } == 1)
        }
    }
}
