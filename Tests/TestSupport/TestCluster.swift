import Glibc
package import Postgres
import SystemPackage

/// The PostgreSQL of this test run: a private cluster, started by the first test that asks and ended with the process.
package actor TestCluster {
    package static let shared = TestCluster()

    private var starting: Task<PrivateCluster, any Error>?

    package func cluster() async throws -> PrivateCluster {
        if let starting { return try await starting.value }
        let task = Task { try await Self.start() }
        starting = task
        return try await task.value
    }

    private static func start() async throws -> PrivateCluster {
        let folder = FilePath("/tmp/tradewind-test-\(getpid())")
        let cluster = try await PrivateCluster(in: folder)
        AtExit.stop(dataFolder: cluster.dataFolder.string, state: folder.string, sockets: cluster.socketFolder.string)
        try await cluster.start(settings: [
            "fsync": "off", "deadlock_timeout": "50ms", "max_connections": "300", "shared_buffers": "512MB",
        ])
        return cluster
    }
}

/// Leaves nothing running and nothing lying about, also when a test fails.
private enum AtExit {
    nonisolated(unsafe) private static var command = ""

    static func stop(dataFolder: String, state: String, sockets: String) {
        unsafe command = """
            kill -QUIT $(head -1 \(dataFolder)/postmaster.pid) 2>/dev/null
            while [ -e \(dataFolder)/postmaster.pid ] && kill -0 $(head -1 \(dataFolder)/postmaster.pid) 2>/dev/null; do
                sleep 0.05
            done
            rm -rf \(state) \(sockets)
            """
        atexit { unsafe _ = system(AtExit.command) }
    }
}
