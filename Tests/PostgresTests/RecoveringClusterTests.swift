import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Postgres

/// A private cluster that comes back from a crash and has much to read. It is held in a recovery that waits for a file.
@Suite struct RecoveringClusterTests {
    @Test func `whoever starts or adopts a cluster that recovers waits until it takes connections, and is told meanwhile`()
        async throws
    {
        let folder = FilePath("/tmp/tradewind-test-\(getpid())-recovering")
        let cluster = try await PrivateCluster(in: folder)
        do {
            try await expectPatience(with: cluster, in: folder)
        } catch {
            Issue.record(error)
        }
        try await cluster.stop(mode: "immediate")
        for path in [folder, cluster.socketFolder] { try await cluster.owner.mustRun("/bin/rm", ["-rf", path.string]) }
    }

    private func expectPatience(with cluster: PrivateCluster, in folder: FilePath) async throws {
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
        let database = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        let isOpen = try await database.administer { tx in
            try tx.one("SELECT NOT pg_is_in_recovery()") { row in try row.next(Bool.self) }
        }
        #expect(isOpen)
        await database.close()
    }
}
