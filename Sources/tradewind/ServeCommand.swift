import App
import ArgumentParser
import Demo
import Kernel
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals

/// Runs the service until SIGINT or SIGTERM; requests in flight are finished within a bound.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the service.",
        discussion: "Starts the private PostgreSQL where there is no DATABASE_URL, migrates it, and listens.")

    @OptionGroup var common: InstanceOptions

    @Option(help: "The address to listen on. Default: TRADEWIND_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "The port to listen on; 0 takes a free one. Default: TRADEWIND_PORT, else 8080.")
    var port: Int?

    @Flag(help: "Print the keys and first steps of the demo town, once it listens.")
    var showDemo = false

    func run() async throws {
        var configuration = try common.configuration()
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        let logger = configuration.logger()
        let webhooks = try configuration.webhooks(in: .real)
        let reference = try ReferenceFiles(in: configuration.contractsFolder)
        let home = try await DatabaseHome.open(configuration, starting: true)
        try await prepare(home, configuration, logger)
        let readiness = Readiness()
        let marketplace = Marketplace(
            home.database, environment: configuration.environment, limits: configuration.limits, world: .real, logger: logger,
            readiness: readiness, webhooks: webhooks,
            quoteKey: try SecretKey.quoteKey(configuration, in: .real), noiseKey: configuration.noiseKey,
            reference: reference)
        let (host, asked) = (configuration.host, configuration.port)
        let record = showDemo ? DemoRecordFile(in: configuration.stateFolder).read() : nil
        let server = Server(
            marketplace.table, through: marketplace.pipeline, host: host, port: asked, limits: configuration.limits,
            logger: logger
        ) { port in
            logger.notice("listening", metadata: ["address": "http://\(host):\(port)"])
            if let record { StandardOutput.print("\n\(DemoSteps.text(record, at: "http://\(host):\(port)"))\n") }
        }
        var services: [any Service] = [marketplace.delivery]
        services += marketplace.clocks(.real, logger) + [server, ReadinessService(readiness: readiness)]
        var running = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        running.maximumGracefulShutdownDuration = .seconds(configuration.stopSecondsMax)
        let group = ServiceGroup(configuration: running)
        do {
            try await group.run()
        } catch {
            logger.error("service failed", metadata: ["fault": "\(error)"])
        }
        try await home.close()
        logger.notice("stopped")
    }

    private func prepare(_ home: DatabaseHome, _ configuration: Configuration, _ logger: Logger) async throws {
        do {
            try await home.migrate(configuration) { migration in
                logger.notice("migrated", metadata: ["step": "\(migration.name)"])
            }
            try await home.check(configuration)
        } catch {
            try await home.close()
            throw error
        }
    }
}

/// Turns readiness off when a stop begins.
struct ReadinessService: Service {
    let readiness: Readiness

    func run() async throws {
        try await gracefulShutdown()
        readiness.stop()
    }
}
