import Kernel
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

private let owner = Session(role: "tradewind_owner")

@Suite struct TransactionTests {
    @Test func `what is thrown rolls back, what returns commits`() async throws {
        struct Refused: Error {}
        let database = try await scratch("CREATE TABLE fact (id bigint PRIMARY KEY)")
        try await database.transaction(as: owner) { tx in try tx.execute("INSERT INTO fact (id) VALUES (\(1))") }
        await #expect(throws: Refused.self) {
            try await database.transaction(as: owner) { tx in
                try tx.execute("INSERT INTO fact (id) VALUES (\(2))")
                throw Refused()
            }
        }

        #expect(try await ids(in: database) == [1])
        await database.close()
    }

    @Test func `a refusal by the server carries its code and constraint`() async throws {
        let database = try await scratch("CREATE TABLE fact (id bigint CONSTRAINT fact_is_small CHECK (id < 10))")
        do {
            try await database.transaction(as: owner) { tx in try tx.execute("INSERT INTO fact (id) VALUES (\(10))") }
            Issue.record("the server took it")
        } catch let error as DatabaseError {
            #expect(error.violatedConstraint == "fact_is_small")
        }
        await database.close()
    }

    @Test func `after the first error of a pipeline the rest does not run, and the connection goes on`() async throws {
        let database = try await scratch("CREATE TABLE fact (id bigint PRIMARY KEY)")
        await #expect(throws: DatabaseError.self) {
            try await database.transaction(as: owner) { tx in
                try tx.pipeline([
                    "INSERT INTO fact (id) VALUES (\(1))", "INSERT INTO fact (id) VALUES (\(1))",
                    "INSERT INTO fact (id) VALUES (\(2))",
                ])
            }
        }
        let counts = try await database.transaction(as: owner) { tx in
            try tx.pipeline(["INSERT INTO fact (id) VALUES (\(3)), (4)", "UPDATE fact SET id = id + 10"])
        }

        #expect(counts == [2, 2])
        #expect(try await ids(in: database) == [13, 14])
        await database.close()
    }

    @Test func `an error that the closure swallows does not commit half of the work`() async throws {
        let database = try await scratch("CREATE TABLE fact (id bigint PRIMARY KEY)")
        await #expect(throws: DatabaseError.self) {
            try await database.transaction(as: owner) { tx in
                try tx.execute("INSERT INTO fact (id) VALUES (\(1))")
                _ = try? tx.execute("INSERT INTO fact (id) VALUES (\(1))")
            }
        }

        #expect(try await ids(in: database) == [])
        await database.close()
    }

    @Test func `a read-only unit of work cannot write`() async throws {
        let database = try await scratch("CREATE TABLE fact (id bigint)")
        await #expect(throws: DatabaseError.self) {
            try await database.read(as: owner) { tx in try tx.execute("INSERT INTO fact (id) VALUES (1)") }
        }
        await database.close()
    }

    @Test func `32 tasks that lock pairs of rows in opposite orders all get through`() async throws {
        let database = try await scratch("CREATE TABLE fact (id bigint PRIMARY KEY, n bigint)")
        try await database.transaction(as: owner) { tx in
            try tx.execute("INSERT INTO fact (id, n) VALUES (1, 0), (2, 0), (3, 0), (4, 0)")
        }
        let finished = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<32 {
                group.addTask {
                    let pair = task % 4 < 2 ? (1, 2) : (3, 4)
                    let (first, second) = task % 2 == 0 ? pair : (pair.1, pair.0)
                    try await Self.bump(first, then: second, in: database)
                    return 1
                }
            }
            return try await group.reduce(0, +)
        }
        let sums = try await database.read(as: owner) { tx in
            try tx.query("SELECT n FROM fact ORDER BY id") { row in try row.next(Int64.self) }
        }

        #expect(finished == 32)
        #expect(sums == [16, 16, 16, 16])
        await database.close()
    }

    /// Tries again by itself after the retries of a unit of work are spent: 16 against 16 on two rows may lose five times.
    private static func bump(_ first: Int, then second: Int, in database: Database) async throws {
        while true {
            do {
                return try await database.transaction(as: owner) { tx in
                    try tx.execute("UPDATE fact SET n = n + 1 WHERE id = \(first)")
                    try tx.execute("UPDATE fact SET n = n + 1 WHERE id = \(second)")
                }
            } catch DatabaseError.server(let error) where error.state == .deadlockDetected {}
        }
    }

    @Test func `prepared statements beyond the bound are dropped and made anew`() async throws {
        let database = try await TestDatabase.open()
        let sum = try await database.read(as: .authentication) { tx in
            var sum: Int64 = 0
            for number in 0..<1_200 {
                let names: SQL = .joined((0...number % 600).map { _ in "1" }, separator: "+")
                sum += try tx.one("SELECT (\(fragment: names))::bigint") { row in try row.next(Int64.self) }
            }
            return sum
        }
        #expect(sum == 2 * (600 * 601 / 2))
    }

    private func scratch(_ ddl: String) async throws -> Database {
        let database = try await TestDatabase.clone()
        try await database.transaction(as: owner) { tx in try tx.script(ddl) }
        return database
    }

    private func ids(in database: Database) async throws -> [Int64] {
        try await database.read(as: owner) { tx in try tx.query("SELECT id FROM fact ORDER BY id") { row in try row.next() } }
    }
}
