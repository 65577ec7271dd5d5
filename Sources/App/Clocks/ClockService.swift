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
    let name: String
    let secondsBetween: Int64
    let logger: Logger
    let metrics: ClockMetrics
    let work: @Sendable () async throws -> Void

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await metrics.round(of: name, work)
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
        let clock = { (name: String, secondsBetween: Int64, work: @escaping @Sendable () async throws -> Void) in
            ClockService(name: name, secondsBetween: secondsBetween, logger: logger, metrics: clockMetrics, work: work)
        }
        return [
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
            clock("retention", 60) { try await retention.prune() },
            clock("quotes", 1) { clockMetrics.swept(quotes: try await quoteSweeper.sweep()) },
            clock("totals", 60) { try await totalsClock.advance() },
            clock("spend", SpendCounter.secondsBetween) { try await spendCounter.count() },
            LogFollower(hint: hint) { [indexes] rest in await indexes.run(rest: rest) },
            LogFollower(hint: hint) { [offerMemory] rest in await offerMemory.run(rest: rest) },
            clock("audience_copies", AudienceIndexes.secondsBetweenSweeps) { try await indexes.sweepCopies() },
            clock("profile_changes", ProfileChangePruner.secondsBetween) { try await profileChanges.prune() },
            clock("offer_events", PruneOfferEvents.secondsBetween) { try await offerEvents.prune() },
            clock("ledger", 60) {
                var faults = TurnFaults()
                try await faults.collect(of: "sealing") { clockMetrics.sealed(entries: try await ledgerSealer.seal()) }
                try await faults.collect(of: "closing days") { try await dayCloser.close() }
                try await faults.collect(of: "clearing") { try await clearingWatch.look() }
                try faults.check()
            },
        ]
    }
}
