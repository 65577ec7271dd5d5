package import HTTPSupport
import Hummingbird
package import Kernel
package import Logging
import NIOCore
package import Parties
package import Postgres
package import Telemetry
package import Webhooks

/// The whole service over one database: every capability's routes behind one pipeline. The only place that knows all.
package struct Marketplace: Sendable {
    package let table: RouteTable
    package let pipeline: RequestPipeline
    package let metrics: Metrics
    /// To be run beside the server.
    package let delivery: WebhookDelivery

    package init(
        _ database: Database, environment: KeyToken.Environment, limits: Limits, world: OutsideWorld, logger: Logger,
        readiness: Readiness, webhooks: WebhookSettings
    ) {
        let metrics = Metrics()
        let hint = LogHint()
        let authenticator = Authenticator(database, environment, world)
        pipeline = RequestPipeline(
            limits: limits, world: world, telemetry: RequestTelemetry(metrics, logger),
            authenticate: authenticator.authenticate)
        let routes =
            OperationRoutes(database, metrics, readiness).routes
            + RetailerRoutes(database).routes
            + SupplierRoutes(database).routes
            + KeyRoutes(database, environment).routes
            + EndpointRoutes(database, webhooks).routes
            + DeliveryRoutes(database).routes
            + EventRoutes(database, hint).routes
        table = RouteTable(routes.map { $0.hinting(hint) })
        delivery = WebhookDelivery(
            database, webhooks, hint: hint, metrics: DeliveryMetrics(metrics), world: world, logger: logger)
        self.metrics = metrics
        observe(database)
    }

    private func observe(_ database: Database) {
        let pipeline = pipeline
        metrics.gauge("tradewind_http_requests_running", help: "Requests at work.") { Double(pipeline.requestsRunning) }
        metrics.gauge("tradewind_database_connections", help: "Open connections.") { Double(database.load.connections) }
        metrics.gauge("tradewind_database_busy", help: "Connections at work.") { Double(database.load.busy) }
        metrics.gauge("tradewind_database_waiting", help: "Units of work that wait.") { Double(database.load.waiting) }
    }
}

extension Route {
    /// After a write that took effect, whoever follows the retailer's log on this node looks at once.
    fileprivate func hinting(_ hint: LogHint) -> Route {
        guard method != .get else { return self }
        return Route(method, path, operation, access: access, body: body, idempotency: idempotency) { call in
            let reply = try await handle(call)
            if let retailer = try? call.retailerID() { hint.wake(retailer) }
            return reply
        }
    }
}
