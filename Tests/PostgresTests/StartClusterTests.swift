import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Postgres

/// A private cluster that is started after an end that left much behind.
@Suite struct StartClusterTests {
    /// The recovery waits for a file.
    @Test func `whoever starts or adopts a cluster that recovers waits until it takes writes, and is told meanwhile`()
        async throws
    {
        try await Self.run(named: "recovering") { cluster, folder in
            try await cluster.start()
            try await cluster.stop()
            let (signal, go) = (cluster.dataFolder.appending("recovery.signal"), cluster.dataFolder.appending("go"))
            try await cluster.owner.mustRun("/usr/bin/touch", [signal.string])
            let held = ["restore_command": "while [ ! -e '\(go)' ]; do sleep 0.05; done; exit 1", "hot_standby": "off"]
            let (told, telling) = AsyncStream.makeStream(of: Duration.self)

            async let started = cluster.start(settings: held)
            while !cluster.hasPostmaster { try await Task.sleep(for: .milliseconds(5)) }
            async let adopted = PrivateCluster(in: folder).start { telling.yield($0) }
            for await _ in told { break }
            try await cluster.owner.mustRun("/usr/bin/touch", [go.string])

            #expect(try await !started)
            #expect(try await adopted)
            try await Self.expectWrites(to: cluster)
        }
    }

    /// One is busy until there is a file, and looks at nothing else.
    @Test func `the children of a postmaster that was killed are waited for`() async throws {
        try await Self.run(named: "orphaned") { cluster, _ in
            try await cluster.start()
            let postmaster = try #require(PostmasterFile(in: cluster.dataFolder).pid)
            let go = cluster.dataFolder.appending("go")
            let (busy, saysBusy) = AsyncStream.makeStream(of: Void.self)
            let database = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
            async let orphan: Void = database.administer { tx in
                try tx.execute("SELECT 1")
                saysBusy.yield()
                try tx.script("DO $$ BEGIN LOOP EXIT WHEN (pg_stat_file('go', true)).size IS NOT NULL; END LOOP; END $$")
            }
            for await _ in busy { break }
            kill(postmaster, SIGKILL)
            let (told, telling) = AsyncStream.makeStream(of: Duration.self)

            async let adopted = cluster.start { telling.yield($0) }
            for await _ in told { break }
            try await cluster.owner.mustRun("/usr/bin/touch", [go.string])

            #expect(try await !adopted)
            try await Self.expectWrites(to: cluster)
            _ = try? await orphan
            await database.close()
        }
    }

    @Test func `a start that fails says what PostgreSQL wrote`() async throws {
        try await Self.run(named: "failing") { cluster, _ in
            let fault = await #expect(throws: ClusterFault.self) {
                try await cluster.start(settings: ["shared_buffers": "plenty"])
            }

            #expect("\(fault, default: "")".contains(#"invalid value for parameter "shared_buffers": "plenty""#))
        }
    }

    private static func expectWrites(to cluster: PrivateCluster) async throws {
        let database = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        try await database.administer { tx in try tx.script("CREATE TABLE written (id bigint)") }
        await database.close()
    }

    private static func run(
        named name: String, _ body: (PrivateCluster, _ folder: FilePath) async throws -> Void
    ) async throws {
        let folder = FilePath("/tmp/tradewind-test-\(getpid())-\(name)")
        let cluster = try await PrivateCluster(in: folder)
        do {
            try await body(cluster, folder)
        } catch {
            Issue.record(error)
        }
        try await cluster.stop(mode: "immediate")
        for path in [folder, cluster.socketFolder] { try await cluster.owner.mustRun("/bin/rm", ["-rf", path.string]) }
    }
}
