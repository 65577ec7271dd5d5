package import Audiences
package import Campaigns
import Catalogue
package import Checkout
import EventLog
package import HTTPSupport
import Hummingbird
package import Kernel
package import Ledger
package import Logging
import NIOCore
package import Offers
import Parties
package import Postgres
import Profiles
package import Receipts
package import Settlement
import Shoppers
package import Telemetry
package import Webhooks

/// The whole service over one database: every capability's routes behind one pipeline. The only place that knows all.
package struct Marketplace: Sendable {
    package let table: RouteTable
    package let pipeline: RequestPipeline
    package let metrics: Metrics
    package let campaignClock: CampaignClock
    package let offerClock: OfferClock
    package let quoteSweeper: QuoteSweeper
    package let totalsClock: TotalsClock
    package let spendCounter: SpendCounter
    package let retention: Retention
    package let ledgerSealer: LedgerSealer
    package let dayCloser: DayCloser
    package let clearingWatch: ClearingWatch
    package let clockMetrics: ClockMetrics
    /// To be run beside the server.
    package let delivery: WebhookDelivery
    let hint: LogHint
    package let indexes: AudienceIndexes
    /// The offers that this node has in memory.
    package let offerMemory: OfferMemory
    package let profileChanges: ProfileChangePruner
    package let offerEvents: PruneOfferEvents
    /// How events read that stand in the log as a reference.
    package let rendering: EventRendering

    package init(
        _ database: Database, _ settings: NodeSettings, world: OutsideWorld, logger: Logger, readiness: Readiness
    ) {
        let (metrics, hint, memory) = (Metrics(), LogHint(), CampaignMemory())
        let noiseKey = settings.noiseKey.map(NoiseKey.configured) ?? .stored(settings.webhooks.secretBox)
        let sampling = SupplierSampling(noiseKey, oneIn: settings.supplierSample)
        let indexes = AudienceIndexes(
            database, world, settings.audienceIndex, sampling, onNotice: IndexWatch(metrics, logger).notice)
        let supplierView = SupplierView(database, sampling, indexes)
        let offerMemory = OfferMemory(database, world, settings.offers, onNotice: OfferWatch(metrics, logger).notice)
        let importKinds = Self.importKinds(quoteKey: settings.quoteKey, memory: memory)
        rendering = EventRendering([OfferMessages.eventType: OfferMessages(database).render])
        let authenticator = Authenticator(database, settings.environment, world)
        pipeline = RequestPipeline(
            limits: settings.limits, world: world, telemetry: RequestTelemetry(metrics, logger),
            crossOrigin: settings.crossOrigin,
            authenticate: authenticator.authenticate, isStopping: { !readiness.isReady })
        let capabilities: [[Route]] = [
            OperationRoutes(database, metrics, readiness).routes,
            ReferenceRoutes(settings.reference).routes,
            Self.routesOfParties(database, settings.environment),
            CatalogueRoutes(database).routes,
            ShopperRoutes(database, .all).routes,
            Self.routesOfMoney(database),
            ReceiptRoutes(database).routes,
            ImportRoutes(database, importKinds, limits: settings.importLimits).routes,
            ImportOutcomeRoutes(database).routes,
            TraitRoutes(database).routes,
            AudienceRoutes(database, supplierView, indexes).routes,
            CampaignRoutes(database, supplierView).routes,
            OfferRoutes(database, offerMemory).routes,
            OfferEventRoutes(database, offerMemory).routes,
            ExplainRoutes(database).routes,
            DepthRoutes(database).routes,
            LiftRoutes(database).routes,
            CheckoutRoutes(database, key: settings.quoteKey, memory: memory, commits: settings.commits).routes,
            EndpointRoutes(database, settings.webhooks).routes,
            DeliveryRoutes(database).routes,
            EventRoutes(database, hint, rendering, readersMax: settings.limits.feedReadersOfTenantMax).routes,
        ]
        table = RouteTable(capabilities.joined().map { $0.classed().hinting(hint, offerMemory, authenticator) })
        delivery = WebhookDelivery(
            database, settings.webhooks, rendering: rendering, hint: hint, metrics: DeliveryMetrics(metrics), world: world,
            logger: logger)
        campaignClock = CampaignClock(database, world)
        offerClock = OfferClock(database, world)
        quoteSweeper = QuoteSweeper(database)
        totalsClock = TotalsClock(database, world)
        spendCounter = SpendCounter(database)
        retention = Retention(database)
        ledgerSealer = LedgerSealer(database, world)
        dayCloser = DayCloser(database, world)
        clearingWatch = ClearingWatch(database)
        clockMetrics = ClockMetrics(metrics)
        self.hint = hint
        self.indexes = indexes
        self.offerMemory = offerMemory
        profileChanges = ProfileChangePruner(database: database)
        offerEvents = PruneOfferEvents(database, world)
        self.metrics = metrics
        observe(database)
        observe(clearingWatch, world)
    }

    private static func routesOfParties(_ database: Database, _ environment: KeyToken.Environment) -> [Route] {
        [
            RetailerRoutes(database).routes,
            SupplierRoutes(database).routes,
            PersonRoutes(database).routes,
            KeyRoutes(database, environment).routes,
            InvitationRoutes(database, environment).routes,
            SessionRoutes(database, environment).routes,
            AuditorGrantRoutes(database, environment).routes,
            AgreementRoutes(database).routes,
            PolicyRoutes(database).routes,
            AuditRoutes(database).routes,
        ].flatMap(\.self)
    }

    private static func routesOfMoney(_ database: Database) -> [Route] {
        [
            WalletRoutes(database).routes,
            TopUpRoutes(database).routes,
            CorrectionRoutes(database).routes,
            ClosingRoutes(database).routes,
            StatementRoutes(database).routes,
            DisputeRoutes(database).routes,
            PaymentRoutes(database).routes,
        ].flatMap(\.self)
    }

    /// Every rule of the books that `tradewind verify` recomputes, of all capabilities.
    package static let checks: [LedgerCheck] = LedgerCheck.ledger + LedgerCheck.checkout + LedgerCheck.settlement

    /// What can be loaded in bulk. `quoteKey` is the server's: receipts may bring quotes that it signed. Without it there are
    /// none of receipts.
    package static func importKinds(
        quoteKey: QuoteKey?, memory: CampaignMemory = CampaignMemory()
    ) -> ImportKinds {
        var makers: [ImportWord: @Sendable () -> any ImportKind] = [
            .stores: { UpsertImport.stores }, .products: { UpsertImport.products }, .prices: { UpsertImport.prices },
            .priceBounds: { UpsertImport.priceBounds }, .shoppers: { UpsertImport.shoppers }, .tags: { UpsertImport.tags },
        ]
        if let quoteKey { makers[.receipts] = { ReceiptImport(PostInBulk(key: quoteKey, memory: memory)) } }
        return ImportKinds(makers)
    }

    private func observe(_ clearing: ClearingWatch, _ world: OutsideWorld) {
        metrics.gauge("tradewind_clearing_age_seconds", help: "Since the oldest payment was ordered that is not paid yet.") {
            Double(clearing.ageSeconds(at: world.now()))
        }
    }

    private func observe(_ database: Database) {
        let pipeline = pipeline
        metrics.gauge("tradewind_http_requests_running", help: "Requests at work.") { Double(pipeline.requestsRunning) }
        let connections = pipeline.connections
        metrics.gauge("tradewind_http_connections", help: "Open connections of clients.") { Double(connections.open) }
        metrics.gauge("tradewind_http_connections_max", help: "How many there may be.") { Double(connections.max) }
        metrics.gauges("tradewind_http_connections_cut", help: "Connections that were cut since the start, by reason.") {
            ConnectionTable.Reason.allCases.map { ("reason=\"\($0.rawValue)\"", Double(connections.cut($0))) }
        }
        observe(indexes)
        observe(offerMemory)
        metrics.gauge("tradewind_database_up", help: "1 where PostgreSQL answers.") { database.answers ? 1 : 0 }
        metrics.gauge("tradewind_database_connections", help: "Open connections.") { Double(database.load.connections) }
        metrics.gauge("tradewind_database_busy", help: "Connections at work.") { Double(database.load.busy) }
        metrics.gauge("tradewind_database_waiting", help: "Units of work that wait.") { Double(database.load.waiting) }
    }
}

extension Route {
    /// After a write that took effect, whoever follows the retailer's log on this node looks at once, and nobody reads here what
    /// stood before; tills write so often that what they change is seen at the next look.
    fileprivate func hinting(_ hint: LogHint, _ offers: OfferMemory, _ authenticator: Authenticator) -> Route {
        guard method != .get, !OperationClasses.questions.contains(operation) else { return self }
        var route = Route(method, path, operation, access: access, body: body, idempotency: idempotency) { call in
            let retailer = try? call.retailerID()
            defer {
                if kind != .hot {
                    authenticator.wrote()
                    if let retailer { offers.wrote(retailer) }
                }
            }
            let reply = try await handle(call)
            if let retailer { hint.wake(retailer) }
            return reply
        }
        route.kind = kind
        return route
    }
}
