import EventLog
import Kernel
import Logging
import ServiceLifecycle
import Webhooks

/// Does what time has made due: every few seconds for all retailers, and soon after a write for the retailer that it was
/// for. A fault is logged and tried again: time does not stop for it.
struct WatchfulClockService: Service {
    static let secondsBetween: Int64 = 5
    /// After each look, so that a retailer with many writes is not looked at for each of them.
    static let restMillis: Int64 = 250

    let name: String
    let hint: LogHint
    let logger: Logger
    let metrics: ClockMetrics
    let all: @Sendable () async throws -> Void
    /// Returns the number of steps that were taken.
    let one: @Sendable (RetailerID) async throws -> Int

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await hint.withListener { listener in
                while !Task.isCancelled {
                    await attempt(all)
                    try await listen(listener)
                }
            }
        }
    }

    /// Until the next round for all.
    private func listen(_ listener: LogListener) async throws {
        let end = ContinuousClock.now + .seconds(Self.secondsBetween)
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            let woken = await listener.sleep(atMost: end - .now)
            for retailer in woken { await attempt { try await look(at: retailer) } }
            if !woken.isEmpty { try await Task.sleep(for: .milliseconds(Self.restMillis)) }
        }
    }

    /// What a step has changed concerns the other clocks too: offers appear as a campaign starts.
    private func look(at retailer: RetailerID) async throws {
        if try await one(retailer) > 0 { hint.wake(retailer) }
    }

    private func attempt(_ round: () async throws -> Void) async {
        do {
            try await metrics.round(of: name, round)
        } catch {
            logger.error("a clock failed", metadata: ["clock": "\(name)", "fault": "\(error)"])
        }
    }
}
