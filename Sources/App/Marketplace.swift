package import Audiences
package import Campaigns
import Catalogue
package import HTTPSupport
import Hummingbird
package import Kernel
package import Ledger
package import Logging
import NIOCore
package import Parties
package import Postgres
import Profiles
import Shoppers
package import Telemetry

/// The whole service over one database: every capability's routes behind one pipeline. The only place that knows all.
package struct Marketplace: Sendable {
    package let table: RouteTable
    package let pipeline: RequestPipeline
    package let metrics: Metrics
    package let campaignClock: CampaignClock

    package init(
        _ database: Database, environment: KeyToken.Environment, limits: Limits, world: OutsideWorld, logger: Logger,
        readiness: Readiness, noiseKey: NoiseKey = .stored
    ) {
        let metrics = Metrics()
        let authenticator = Authenticator(database, environment, world)
        pipeline = RequestPipeline(
            limits: limits, world: world, telemetry: RequestTelemetry(metrics, logger),
            authenticate: authenticator.authenticate)
        let capabilities: [[Route]] = [
            OperationRoutes(database, metrics, readiness).routes,
            RetailerRoutes(database).routes,
            SupplierRoutes(database).routes,
            PersonRoutes(database).routes,
            KeyRoutes(database, environment).routes,
            AgreementRoutes(database).routes,
            PolicyRoutes(database).routes,
            AuditRoutes(database).routes,
            CatalogueRoutes(database).routes,
            ShopperRoutes(database).routes,
            WalletRoutes(database).routes,
            TopUpRoutes(database).routes,
            TraitRoutes(database).routes,
            AudienceRoutes(database, noiseKey: noiseKey).routes,
            CampaignRoutes(database, SupplierView(database, noiseKey)).routes,
        ]
        table = RouteTable(capabilities.flatMap { $0 })
        campaignClock = CampaignClock(database, world)
        self.metrics = metrics
        observe(database)
    }

    /// Every rule of the books that `tradewind verify` recomputes, of all capabilities.
    package static let checks: [LedgerCheck] = LedgerCheck.ledger

    private func observe(_ database: Database) {
        let pipeline = pipeline
        metrics.gauge("tradewind_http_requests_running", help: "Requests at work.") { Double(pipeline.requestsRunning) }
        metrics.gauge("tradewind_database_connections", help: "Open connections.") { Double(database.load.connections) }
        metrics.gauge("tradewind_database_busy", help: "Connections at work.") { Double(database.load.busy) }
        metrics.gauge("tradewind_database_waiting", help: "Units of work that wait.") { Double(database.load.waiting) }
    }
}
