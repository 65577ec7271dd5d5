import App
import HTTPSupport
import Logging
import ServiceLifecycle

/// The service of `tradewind serve` on a free port for a benchmark, without its clocks and deliveries.
enum BenchService {
    /// `extra` are operations of the benchmark's own, through the same pipeline.
    static func run(
        _ marketplace: Marketplace, _ configuration: Configuration, extra: [Route] = [],
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let server = Server(
            RouteTable(marketplace.table.routes + extra), through: marketplace.pipeline, host: "127.0.0.1", port: 0,
            limits: configuration.limits, logger: logger
        ) { running.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(port)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

extension Limits {
    /// Of the classes that a benchmark asks without end: the buckets are looked at and never empty.
    func unhurried(_ kinds: OperationClass...) -> Limits {
        var limits = self
        let plenty = Rate(perSecond: 1_000_000, burst: 1_000_000)
        for kind in kinds {
            switch kind {
            case .hot: limits.hot = ClassRates(key: plenty, tenant: plenty)
            case .heavy: limits.heavy = ClassRates(key: plenty, tenant: plenty)
            case .usual, .bulk: limits.usual = ClassRates(key: plenty, tenant: plenty)
            }
        }
        return limits
    }
}
