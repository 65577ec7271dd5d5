package import App
import Campaigns
import HTTPSupport
package import Kernel
package import Logging
import Offers
import Parties
package import Postgres
import ServiceLifecycle
import Tenancy
import UnixSignals

/// The whole service in this process, on a free port of loopback, by the story's clock. The service is the one of
/// `tradewind serve`; only the clock is another.
package struct DemoHost: Sendable {
    package let database: Database
    let clock: DemoClock
    let client: DemoClient
    /// Nil where webhooks may not go to this machine.
    let listener: OfferListener?
    let listenerPort: Int
    private let marketplace: Marketplace

    package static func run(
        on home: DatabaseHome, _ configuration: Configuration, over real: OutsideWorld, _ logger: Logger,
        _ body: @escaping @Sendable (DemoHost) async throws -> Void
    ) async throws {
        let clock = DemoClock(over: real)
        let keys = try MasterKeys(configuration, in: real)
        let marketplace = Marketplace(
            home.database, NodeSettings(configuration, keys, try ReferenceFiles(in: configuration.contractsFolder)),
            world: clock.world, logger: logger, readiness: Readiness())
        let (ports, running) = AsyncStream.makeStream(of: (isListener: Bool, port: Int).self)
        let server = Server(
            marketplace.table, through: marketplace.pipeline, host: "127.0.0.1", port: 0, limits: configuration.limits,
            logger: logger
        ) { running.yield((false, $0)) }
        let listener = configuration.webhooksAllowLoopback ? OfferListener() : nil
        var services: [any Service] = [marketplace.delivery, server]
        if let listener { services.append(listener.service(logger) { running.yield((true, $0)) }) }
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await run(group) {
            var found: (server: Int?, listener: Int?) = (nil, listener == nil ? 0 : nil)
            for await port in ports {
                if port.isListener { found.listener = port.port } else { found.server = port.port }
                guard let server = found.server, let hooks = found.listener else { continue }
                let host = DemoHost(
                    database: home.database, clock: clock, client: DemoClient(port: server), listener: listener,
                    listenerPort: hooks, marketplace: marketplace)
                try await body(host)
                return await host.client.close()
            }
        }
    }

    /// Whatever ends first ends the other; an end of the services before the story's is an interruption.
    private static func run(_ group: ServiceGroup, _ story: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await group.run()
                return false
            }
            tasks.addTask {
                try await story()
                return true
            }
            let isTold = try await tasks.next() ?? false
            await group.triggerGracefulShutdown()
            if !isTold { tasks.cancelAll() }
            guard isTold else { throw DemoFault.interrupted }
            while try await tasks.next() != nil {}
        }
    }
}

extension DemoHost {
    /// Moves the story to a moment: what is due by then happens to the retailer's campaigns and offers.
    func advance(to instant: Instant, at retailer: RetailerID) async throws {
        clock.set(instant)
        try await marketplace.campaignClock.advance(clock.now, at: retailer)
        try await marketplace.offerClock.advance(retailer, at: clock.now)
    }

    /// A key of the platform's administrator, as `tradewind keys bootstrap` makes one; revoked when the story is over.
    func platformKey(_ environment: KeyToken.Environment) async throws -> (id: String, token: String) {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "demo", world: clock.world)
        let command = IssueKey(name: "demo", organisation: .platform)
        return try await database.transaction(as: .platform) { tx in
            let issued = try command.run(in: tx, by: author, environment)
            return ("\(issued.key.id)", issued.token.text)
        }
    }
}
