package import Logging
import Postgres
import ServiceLifecycle
package import Telemetry

/// Tells the log when PostgreSQL goes away and comes back, and starts a private one again that has died. An outside one is
/// its operator's; a private one that hangs is left alone, since a second postmaster must never be.
package struct PostgresWatch: Service {
    static let lookMillis: Int64 = 250
    /// Between two starts that failed: twice as long each time.
    static let pauseMillisMin: Int64 = 500
    static let pauseMillisMax: Int64 = 30_000

    private let home: DatabaseHome
    private let starts: Counter
    private let logger: Logger

    package init(_ home: DatabaseHome, _ metrics: Metrics, _ logger: Logger) {
        self.home = home
        self.logger = logger
        starts = metrics.counter(
            "tradewind_private_cluster_starts_total", help: "How often a private PostgreSQL that had died was started again.")
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var answered = true
            while !Task.isCancelled {
                if home.database.answers != answered {
                    answered.toggle()
                    tell(answered)
                }
                if let cluster = home.cluster, !cluster.hasPostmaster { try await startAgain(cluster) }
                try await Task.sleep(for: .milliseconds(Self.lookMillis))
            }
        }
    }

    private func tell(_ answers: Bool) {
        if answers {
            logger.notice("PostgreSQL answers again")
        } else {
            logger.error("PostgreSQL gives no sign of life; requests are refused until it does")
        }
    }

    package static func tellOfRecovery(_ waited: Duration, _ logger: Logger) {
        logger.notice(
            "the private PostgreSQL recovers what its end left behind", metadata: ["seconds": "\(waited.components.seconds)"])
    }

    private func startAgain(_ cluster: PrivateCluster) async throws {
        logger.error("the private PostgreSQL has died and is started again")
        var pause = Self.pauseMillisMin
        while !Task.isCancelled {
            do {
                try await cluster.start(settings: home.clusterSettings) { Self.tellOfRecovery($0, logger) }
                starts.increment()
                return logger.notice("the private PostgreSQL runs again")
            } catch {
                logger.error("the private PostgreSQL does not start", metadata: ["fault": "\(error)"])
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, Self.pauseMillisMax)
        }
    }
}
