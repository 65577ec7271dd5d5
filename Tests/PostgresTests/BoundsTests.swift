import Glibc
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@Suite struct BoundsTests {
    @Test func `work that waits longer than its bound for a connection is refused as busy`() async throws {
        let database = Database(
            try await configuration {
                $0.connectionsMax = 1; $0.waitMillisMax = 100
            })
        async let slow = database.read(as: .authentication) { tx in try tx.execute("SELECT pg_sleep(0.8)") }
        while database.load.busy == 0 { await Task.yield() }

        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in try tx.execute("SELECT 1") }
        }

        if case .busy? = error {} else { Issue.record("\(String(describing: error))") }
        _ = try await slow
        await database.close()
    }

    @Test func `a full queue refuses at once`() async throws {
        let database = Database(
            try await configuration {
                $0.connectionsMax = 1; $0.waitingMax = 1; $0.waitMillisMax = 5_000
            })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        try await database.read(as: .authentication) { tx in _ = try tx.execute("SELECT pg_sleep(0.2)") }
                        return true
                    } catch DatabaseError.busy { return false }
                }
            }
            let served = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            #expect(served >= 1)
            #expect(served < 8)
        }
        await database.close()
    }

    @Test func `a statement that runs too long is ended by the server`() async throws {
        let database = Database(try await configuration { $0.statementTimeoutMillis = 50 })
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in try tx.execute("SELECT pg_sleep(5)") }
        }
        if case .server(let server)? = error {
            #expect(server.state == .queryCanceled)
        } else {
            Issue.record("\(String(describing: error))")
        }
        await database.close()
    }

    @Test func `a closed database refuses work`() async throws {
        let database = Database(try await configuration { _ in })
        try await database.read(as: .authentication) { tx in _ = try tx.execute("SELECT 1") }
        await database.close()
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in try tx.execute("SELECT 1") }
        }
        if case .closed? = error {} else { Issue.record("\(String(describing: error))") }
    }

    @Test func `a server that is not there is unavailable, and says so within the connect timeout`() async throws {
        let database = Database(DatabaseConfiguration(address: "host=/nowhere dbname=x user=y"))
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in try tx.execute("SELECT 1") }
        }
        if case .unavailable? = error {} else { Issue.record("\(String(describing: error))") }
        await database.close()
    }

    private func configuration(_ change: (inout DatabaseConfiguration) -> Void) async throws -> DatabaseConfiguration {
        _ = try await TestDatabase.open()
        var configuration = DatabaseConfiguration(address: try await TestCluster.shared.cluster().address)
        change(&configuration)
        return configuration
    }
}
