package import Kernel

/// How many requests an endpoint may be sent now without passing its rate. One instant is all its state: the time at
/// which the bucket will be full again; it holds one second's worth.
package struct TokenBucket: Sendable, Hashable {
    private static let secondMicros: Int64 = 1_000_000
    package static let debtSecondsMax: Int64 = 5

    package let ratePerSecond: Int32
    /// Nil: full.
    package private(set) var freeAt: Instant?

    package init(ratePerSecond: Int32, freeAt: Instant?) {
        precondition(ratePerSecond > 0, "a rate of nothing sends nothing")
        self.ratePerSecond = ratePerSecond
        self.freeAt = freeAt
    }

    package func tokens(at now: Instant) -> Int {
        let missing = max(0, start(at: now) - now.microseconds)
        return Int(max(0, Self.secondMicros - missing) * Int64(ratePerSecond) / Self.secondMicros)
    }

    package mutating func take(_ count: Int, at now: Instant) {
        freeAt = Instant(microseconds: start(at: now) + Int64(count) * Self.secondMicros / Int64(ratePerSecond))
    }

    /// A bucket never owes much more than its second: where it seems to, the clock was set back, and it is full.
    private func start(at now: Instant) -> Int64 {
        guard let freeAt, freeAt.microseconds - now.microseconds <= Self.debtSecondsMax * Self.secondMicros else {
            return now.microseconds
        }
        return max(freeAt.microseconds, now.microseconds)
    }
}
