import Audiences
import Campaigns
import Checkout
package import Kernel
import Ledger
package import Logging
import Offers
package import ServiceLifecycle
import Settlement
import Tenancy
import Webhooks

/// Does what time has made due, again and again. A fault is logged and tried again: time does not stop for it.
struct ClockService: Service {
    private let name: String
    private let secondsBetween: Int64
    private let world: OutsideWorld
    private let logger: Logger
    private let advance: @Sendable (Instant) async throws -> Void

    init(
        _ name: String, every secondsBetween: Int64, _ world: OutsideWorld, _ logger: Logger,
        advance: @escaping @Sendable (Instant) async throws -> Void
    ) {
        self.name = name
        self.secondsBetween = secondsBetween
        self.world = world
        self.logger = logger
        self.advance = advance
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await advance(world.now())
                } catch {
                    logger.error("a clock failed", metadata: ["clock": "\(name)", "fault": "\(error)"])
                }
                try await Task.sleep(for: .seconds(secondsBetween))
            }
        }
    }
}

extension Marketplace {
    /// What happens by itself, each on its own: campaigns start and end, offers are granted and withdrawn, holds end, what is
    /// kept no longer goes, spends are counted, entries sealed and days closed, audience indexes and offers in memory follow.
    package func clocks(_ world: OutsideWorld, _ logger: Logger) -> [any Service] {
        [
            WatchfulClockService(name: "campaigns", hint: hint, logger: logger, metrics: clockMetrics) {
                try await campaignClock.advance(world.now())
            } one: { retailer in
                try await campaignClock.advance(world.now(), at: retailer)
            },
            WatchfulClockService(name: "offers", hint: hint, logger: logger, metrics: clockMetrics) {
                try await offerClock.advance(world.now())
            } one: { retailer in
                try await offerClock.advance(retailer, at: world.now())
            },
            ClockService("retention", every: 60, world, logger) { _ in
                try await clockMetrics.round(of: "retention") { try await retention.prune() }
            },
            ClockService("quotes", every: 1, world, logger) { _ in
                try await clockMetrics.round(of: "quotes") { clockMetrics.swept(quotes: try await quoteSweeper.sweep()) }
            },
            ClockService("totals", every: 60, world, logger) { _ in
                try await clockMetrics.round(of: "totals") { try await totalsClock.advance() }
            },
            ClockService("spend", every: SpendCounter.secondsBetween, world, logger) { _ in
                try await clockMetrics.round(of: "spend") { try await spendCounter.count() }
            },
            LogFollower(hint: hint) { [indexes] rest in await indexes.run(rest: rest) },
            LogFollower(hint: hint) { [offerMemory] rest in await offerMemory.run(rest: rest) },
            ClockService("audience copies", every: AudienceIndexes.secondsBetweenSweeps, world, logger) { _ in
                try await indexes.sweepCopies()
            },
            ClockService("profile changes", every: ProfileChangePruner.secondsBetween, world, logger) { _ in
                try await profileChanges.prune()
            },
            ClockService("offer events", every: PruneOfferEvents.secondsBetween, world, logger) { _ in
                try await offerEvents.prune()
            },
            ClockService("ledger", every: 60, world, logger) { _ in
                try await clockMetrics.round(of: "ledger") {
                    var faults = TurnFaults()
                    try await faults.collect(of: "sealing") {
                        clockMetrics.sealed(entries: try await ledgerSealer.seal())
                    }
                    try await faults.collect(of: "closing days") { try await dayCloser.close() }
                    try await faults.collect(of: "clearing") { try await clearingWatch.look() }
                    try faults.check()
                }
            },
        ]
    }
}
