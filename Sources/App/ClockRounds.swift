import Kernel
import Logging
import ServiceLifecycle
import Webhooks

/// The beat of a service that moves what time makes due: every few seconds for all retailers, and soon after a write for the
/// retailer that it was for. A fault is logged and tried again: time does not stop for it.
struct ClockRounds: Sendable {
    static let secondsBetween: Int64 = 5
    /// After each look, so that a retailer with many writes is not looked at for each of them.
    static let restMillis: Int64 = 250

    let hint: LogHint
    let logger: Logger
    let fault: Logger.Message
    let all: @Sendable () async throws -> Void
    let one: @Sendable (RetailerID) async throws -> Void

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
            for retailer in woken { await attempt { try await one(retailer) } }
            if !woken.isEmpty { try await Task.sleep(for: .milliseconds(Self.restMillis)) }
        }
    }

    private func attempt(_ round: () async throws -> Void) async {
        do {
            try await round()
        } catch {
            logger.error(fault, metadata: ["fault": "\(error)"])
        }
    }
}
