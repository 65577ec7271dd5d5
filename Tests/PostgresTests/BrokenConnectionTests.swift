import Glibc
import Kernel
import Postgres
import Synchronization
import SystemPackage
import Tenancy
import TestSupport
import Testing

private let owner = Session(role: "tradewind_owner")

/// Connections that are cut and servers that are killed.
@Suite struct BrokenConnectionTests {
    @Test func `a transaction whose connection is cut in the middle is run again whole, and stands once`() async throws {
        let database = try await TestDatabase.clone()
        try await database.transaction(as: owner) { tx in try tx.script("CREATE TABLE fact (id bigint)") }
        let killer = Database(DatabaseConfiguration(address: try await TestCluster.shared.cluster().superuserAddress()))
        let runs = Mutex(0)
        let cutter = try await Cutter(killer)

        try await database.transaction(as: owner) { tx in
            try tx.execute("INSERT INTO fact (id) VALUES (1)")
            let run = runs.withLock {
                $0 += 1; return $0
            }
            if run == 1 { cutter.cut(try tx.one("SELECT pg_backend_pid()") { row in try row.next(Int32.self) }) }
            try tx.execute("INSERT INTO fact (id) VALUES (2)")
        }

        let ids = try await database.read(as: owner) { tx in
            try tx.query("SELECT id FROM fact ORDER BY id") { row in try row.next(Int64.self) }
        }
        #expect(runs.withLock { $0 } == 2)
        #expect(ids == [1, 2])
        await killer.close()
        await database.close()
    }

    @Test func `a connection that was opened for the transaction that is cut is replaced too`() async throws {
        let database = try await TestDatabase.clone()
        let killer = Database(DatabaseConfiguration(address: try await TestCluster.shared.cluster().superuserAddress()))
        let cutter = try await Cutter(killer)
        let runs = Mutex(0)

        // The first work of this pool: nothing was connected before it.
        try await database.read(as: .authentication) { tx in
            let backend = try tx.one("SELECT pg_backend_pid()") { row in try row.next(Int32.self) }
            let run = runs.withLock {
                $0 += 1; return $0
            }
            if run == 1 { cutter.cut(backend) }
            try tx.execute("SELECT 1")
        }

        #expect(runs.withLock { $0 } == 2)
        await killer.close()
        await database.close()
    }

    @Test func `a connection that is cut on each try is unavailable`() async throws {
        let database = try await TestDatabase.clone()
        let killer = Database(DatabaseConfiguration(address: try await TestCluster.shared.cluster().superuserAddress()))
        let cutter = try await Cutter(killer)

        let error = await #expect(throws: DatabaseError.self) {
            try await database.read(as: .authentication) { tx in
                cutter.cut(try tx.one("SELECT pg_backend_pid()") { row in try row.next(Int32.self) })
                try tx.execute("SELECT 1")
            }
        }

        if case .unavailable? = error {} else { Issue.record("\(String(describing: error))") }
        await killer.close()
        await database.close()
    }

    @Test func `after kill -9 of PostgreSQL the next start recovers, what was committed stands, and work goes on`() async throws {
        let cluster = try await PrivateCluster(in: FilePath("/tmp/tradewind-kill-\(getpid())"))
        try await cluster.start()
        let database = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        try await database.administer { tx in try tx.script("CREATE TABLE fact (id bigint)") }
        try await database.administer { tx in _ = try tx.execute("INSERT INTO fact (id) VALUES (1)") }

        await #expect(throws: DatabaseError.self) {
            try await database.administer { tx in
                try tx.execute("INSERT INTO fact (id) VALUES (2)")
                let postmaster = try tx.one("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int") { row in
                    try row.next(Int32.self)
                }
                kill(postmaster, SIGKILL)
                kill(try tx.one("SELECT pg_backend_pid()") { row in try row.next(Int32.self) }, SIGKILL)
                try tx.execute("INSERT INTO fact (id) VALUES (3)")
            }
        }
        try await untilStarted(cluster)
        let ids = try await database.administer { tx in try tx.query("SELECT id FROM fact") { row in try row.next(Int64.self) } }

        #expect(ids == [1])
        await database.close()
        try await cluster.stop(mode: "immediate")
        unsafe _ = system("rm -rf /tmp/tradewind-kill-\(getpid()) \(cluster.socketFolder)")
    }

    @Test func `a second start adopts the cluster that runs`() async throws {
        let cluster = try await TestCluster.shared.cluster()
        #expect(try await cluster.start() == true)
    }

    /// Backends of the killed postmaster may live for a moment and hold its shared memory: a start is refused until then.
    private func untilStarted(_ cluster: PrivateCluster) async throws {
        for attempt in 0..<200 {
            do {
                try await cluster.start()
                return
            } catch  where attempt < 199 {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

/// Ends a backend from outside, synchronously, from inside a unit of work of another connection.
private final class Cutter: Sendable {
    private let requests: AsyncStream<(Int32, @Sendable () -> Void)>.Continuation

    init(_ killer: Database) async throws {
        let (stream, requests) = AsyncStream.makeStream(of: (Int32, @Sendable () -> Void).self)
        self.requests = requests
        Task {
            for await (backend, done) in stream {
                _ = try? await killer.administer { tx in
                    try tx.execute("SELECT pg_terminate_backend(\(backend), 5000)")
                }
                done()
            }
        }
    }

    func cut(_ backend: Int32) {
        let isDone = Mutex(false)
        requests.yield((backend, { isDone.withLock { $0 = true } }))
        while !isDone.withLock({ $0 }) { usleep(1000) }
    }
}
