import App
import ArgumentParser
import Demo
import Kernel
import Logging
import Offers
import Postgres
import Sealing
import ServiceLifecycle
import UnixSignals

/// Runs the service until SIGINT or SIGTERM; requests in flight are finished within a bound.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service.",
        discussion: """
            Starts the private PostgreSQL where there is no DATABASE_URL, migrates it, and listens. An outside PostgreSQL is \
            migrated by `tradewind migrate`, or with --migrate.
            """)

    @OptionGroup var common: InstanceOptions

    @Option(help: "The address to listen on. Default: TRADEWIND_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. Default: TRADEWIND_PORT, else 8080.")
    var port: Int?

    @Flag(help: "Bring the schema of an outside PostgreSQL up to date first.")
    var migrate = false

    @Flag(help: "Print the keys and first steps of the demo town, once it listens.")
    var showDemo = false

    func run() async throws {
        var configuration = try common.configuration()
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        let logger = configuration.logger()
        FileDescriptors.raise(for: configuration, logger)
        let keys = try MasterKeys(configuration, in: .real)
        let reference = try ReferenceFiles(in: configuration.contractsFolder)
        let home = try await DatabaseHome.open(configuration, starting: true, serving: true) { waited in
            PostgresWatch.tellOfRecovery(waited, logger)
        }
        try await prepare(home, configuration, keys, logger)
        let readiness = Readiness()
        var settings = NodeSettings(configuration, keys, reference)
        settings.audienceIndex = configuration.audienceIndex(logger)
        settings.offers = OfferBounds(bytesMax: configuration.offersMiBMax << 20)
        let marketplace = Marketplace(home.database, settings, world: .real, logger: logger, readiness: readiness)
        let (host, asked) = (configuration.host, configuration.port)
        let record = showDemo ? DemoRecordFile(in: configuration.stateFolder).read() : nil
        let server = Server(
            marketplace.table, through: marketplace.pipeline, host: host, port: asked, limits: configuration.limits,
            logger: logger
        ) { port in
            let address = "http://\(host):\(port)"
            logger.notice("listening", metadata: ["address": "\(address)"])
            if let record { StandardOutput.print("\n\(DemoSteps.text(record, at: address, of: Environment.programPath()))\n") }
        }
        let drainSeconds = home.isPrivate ? 0 : configuration.drainSeconds
        let vitals = VitalsService(
            home.database, marketplace.metrics, marketplace.clockMetrics,
            folders: configuration.watchedFolders(dataFolder: home.dataFolder),
            archive: home.isPrivate ? configuration.backupFolder.map { WALArchive(in: $0) } : nil, .real, logger)
        var services: [any Service] = [PostgresWatch(home, marketplace.metrics, logger), marketplace.delivery, vitals]
        services += marketplace.clocks(.real, logger)
        services += [server, DrainService(readiness: readiness, seconds: drainSeconds, logger: logger)]
        var running = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        running.maximumGracefulShutdownDuration = .seconds(drainSeconds + configuration.stopSecondsMax)
        let group = ServiceGroup(configuration: running)
        do {
            try await group.run()
        } catch {
            logger.error("service failed", metadata: ["fault": "\(error)"])
        }
        try await home.close()
        logger.notice("stopped")
    }

    private func prepare(
        _ home: DatabaseHome, _ configuration: Configuration, _ keys: MasterKeys, _ logger: Logger
    ) async throws {
        do {
            if migrate || home.isPrivate {
                try await home.migrate(configuration) { progress in
                    logger.notice("migration", metadata: ["progress": "\(progress)"])
                }
            }
            try await home.check(configuration)
            let secrets = try await KeptSecrets(home.database, .real).check(keys.box)
            if secrets.due > 0 {
                logger.notice("secrets to be sealed anew: tradewind secrets rotate", metadata: ["count": "\(secrets.due)"])
            }
        } catch {
            try await home.close()
            throw error
        }
    }
}

/// Turns readiness off when a stop begins, and holds up the stop of everything else until balancers and clients have gone
/// to another node: requests are answered as ever meanwhile, with `Connection: close`.
struct DrainService: Service {
    let readiness: Readiness
    let seconds: Int64
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        readiness.stop()
        logger.notice("stopping", metadata: ["drain_seconds": "\(seconds)"])
        try await Task.sleep(for: .seconds(seconds))
    }
}
