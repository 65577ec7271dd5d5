import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Synchronization
import Telemetry
import Tenancy

/// GET /health/live     the process answers
/// GET /health/ready    it may be given work: the database answers and no stop is under way
/// GET /metrics         Prometheus text
struct OperationRoutes: Sendable {
    private let database: Database
    private let metrics: Metrics
    private let readiness: Readiness

    init(_ database: Database, _ metrics: Metrics, _ readiness: Readiness) {
        self.database = database
        self.metrics = metrics
        self.readiness = readiness
    }

    var routes: [Route] {
        [
            Route(.get, "/health/live", "getLiveness", access: .open) { _ in .json(Health(status: "live")) },
            Route(.get, "/health/ready", "getReadiness", access: .open, handle: ready),
            Route(.get, "/metrics", "getMetrics", access: .open) { [metrics] _ in
                .text(metrics.text(), contentType: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    private func ready(_ call: Call) async throws -> Reply {
        guard readiness.isReady else { throw Problem(503, "stopping", "The service is stopping.", retryAfterSeconds: 5) }
        try await database.read(as: .authentication) { tx in _ = try tx.execute("SELECT 1") }
        return .json(Health(status: "ready"))
    }
}

private struct Health: JSONWritable {
    let status: String

    func write(to json: inout JSONWriter) {
        json.object { $0.field("status", status) }
    }
}

/// Whether this node wants work; switched off before a stop, so that a load balancer looks elsewhere first.
package final class Readiness: Sendable {
    private let ready = Atomic<Bool>(true)

    package init() {}

    package var isReady: Bool { ready.load(ordering: .relaxed) }

    package func stop() { ready.store(false, ordering: .relaxed) }
}
