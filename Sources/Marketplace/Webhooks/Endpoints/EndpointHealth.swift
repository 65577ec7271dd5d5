package import Kernel

/// How an endpoint has been answering, and what follows from it: the breaker that spares a receiver in trouble, and the
/// end of a receiver that is gone. A state machine without I/O; the times are the database's (LEDGER_AND_WEBHOOKS rule 37).
package struct EndpointHealth: Sendable, Hashable {
    package static let windowSeconds: Int64 = 5 * 60
    package static let windowRequestsMin: Int32 = 10
    package static let breakerFailureBasisPoints: Int32 = 7000
    package static let breakerOpenSeconds: Int64 = 30
    /// Failures at least this far apart, and at most `failureSpanSecondsMax`, start the clock of `disableAfterSeconds`.
    package static let failureSpanSecondsMin: Int64 = 12 * 3600
    package static let failureSpanSecondsMax: Int64 = 24 * 3600
    package static let disableAfterSeconds: Int64 = 5 * 86_400

    package var lastSuccessAt: Instant?
    package var lastFailureAt: Instant?
    package var failuresInARow: Int32 = 0
    package var windowStartedAt: Instant?
    package var windowRequests: Int32 = 0
    package var windowFailures: Int32 = 0
    /// Nil: closed. Until then open; from then on one probe at a time.
    package var breakerOpenUntil: Instant?
    /// The failure from which a span is measured.
    package var firstFailureAt: Instant?
    /// When the clock started that ends in disabling.
    package var failingSince: Instant?

    package init() {}

    package enum Breaker: Sendable, Hashable {
        case closed, open, probing
    }

    package func breaker(at now: Instant) -> Breaker {
        guard let until = breakerOpenUntil else { return .closed }
        // Nothing is spared for longer than that: where it seems so, the clock was set back.
        return now < until && until <= now.adding(seconds: Self.breakerOpenSeconds) ? .open : .probing
    }

    /// How many requests may run at once, of which `running` do.
    package func slotsFree(running: Int, at now: Instant) -> Int {
        switch breaker(at: now) {
        case .closed: max(0, DeliveryLimits.inFlightPerEndpointMax - running)
        case .probing: max(0, 1 - running)
        case .open: 0
        }
    }

    /// It has answered well for as long as is remembered: one more success changes nothing but counts.
    package var isQuiet: Bool {
        lastSuccessAt != nil && failuresInARow == 0 && breakerOpenUntil == nil && firstFailureAt == nil && failingSince == nil
    }

    /// Takes in successes that were counted before they are written.
    package mutating func recordSuccesses(_ count: Int, at now: Instant) {
        for _ in 0..<count { self.count(isFailure: false, at: now) }
        if count > 0 { succeed(at: now) }
    }

    /// Takes in what came of an attempt; a reason where the endpoint is to be disabled.
    package mutating func record(_ outcome: AttemptOutcome, at now: Instant) -> Endpoint.DisabledReason? {
        count(isFailure: !outcome.isSuccess, at: now)
        if outcome.isSuccess {
            succeed(at: now)
            return nil
        }
        let wasProbing = breaker(at: now) != .closed
        fail(at: now)
        if wasProbing || windowIsBad { open(at: now) }
        if outcome.status == 410 { return .gone }
        guard let since = failingSince, since.adding(seconds: Self.disableAfterSeconds) <= now else { return nil }
        return .failing
    }

    private mutating func count(isFailure: Bool, at now: Instant) {
        if windowStartedAt.map({ $0.adding(seconds: Self.windowSeconds) <= now }) ?? true {
            windowStartedAt = now
            windowRequests = 0
            windowFailures = 0
        }
        windowRequests += 1
        if isFailure { windowFailures += 1 }
    }

    private mutating func succeed(at now: Instant) {
        lastSuccessAt = now
        failuresInARow = 0
        firstFailureAt = nil
        failingSince = nil
        guard breakerOpenUntil != nil else { return }
        breakerOpenUntil = nil
        windowStartedAt = nil
    }

    private mutating func fail(at now: Instant) {
        lastFailureAt = now
        failuresInARow += 1
        guard failingSince == nil else { return }
        guard let first = firstFailureAt, now <= first.adding(seconds: Self.failureSpanSecondsMax) else {
            firstFailureAt = now
            return
        }
        if first.adding(seconds: Self.failureSpanSecondsMin) <= now { failingSince = now }
    }

    private mutating func open(at now: Instant) {
        breakerOpenUntil = now.adding(seconds: Self.breakerOpenSeconds)
        windowStartedAt = nil
    }

    private var windowIsBad: Bool {
        windowRequests >= Self.windowRequestsMin
            && Int64(windowFailures) * 10_000 >= Int64(windowRequests) * Int64(Self.breakerFailureBasisPoints)
    }
}
