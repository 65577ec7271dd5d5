/// So many at once, and so many a second after that.
package struct Rate: Sendable, Hashable {
    package var perSecond: Int
    package var burst: Int

    package init(perSecond: Int, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "a rate is positive")
        self.perSecond = perSecond
        self.burst = burst
    }

    /// The time in which one token comes back.
    var nanosOfToken: Int64 { 1_000_000_000 / Int64(perSecond) }
    /// The time in which an empty bucket fills.
    var nanosOfBurst: Int64 { nanosOfToken * Int64(burst) }
    /// The same in seconds, rounded up.
    var secondsOfBurst: Int { (burst + perSecond - 1) / perSecond }
}

/// A bucket of tokens that fills at a steady rate, kept as the moment at which it is full again: the generic cell rate
/// algorithm (ITU-T I.371). A new bucket is full. A clock that steps back fills it.
package struct TokenBucket: Sendable, Hashable {
    /// Nanoseconds of whatever clock `take` is given.
    package private(set) var fullAt: Int64 = .min

    package init() {}

    /// Takes a token where there is one.
    package mutating func take(at now: Int64, _ rate: Rate) -> RateState {
        let span = rate.nanosOfBurst
        let start = start(at: now, rate)
        let next = start + rate.nanosOfToken
        guard next - now <= span else {
            fullAt = start
            return RateState(tokens: 0, nanosToFull: start - now, nanosToToken: next - span - now)
        }
        fullAt = next
        return RateState(
            tokens: Int((span - (next - now)) / rate.nanosOfToken), nanosToFull: next - now, nanosToToken: 0)
    }

    /// Whether the next `take` would get one.
    package func hasToken(at now: Int64, _ rate: Rate) -> Bool {
        start(at: now, rate) + rate.nanosOfToken - now <= rate.nanosOfBurst
    }

    /// When it is full, were nothing taken; never further away than an empty bucket's time.
    private func start(at now: Int64, _ rate: Rate) -> Int64 {
        fullAt > now + rate.nanosOfBurst ? now : max(fullAt, now)
    }
}

/// What a bucket said to one request.
package struct RateState: Sendable, Hashable {
    package let tokens: Int
    package let nanosToFull: Int64
    /// Zero where the request got its token.
    package let nanosToToken: Int64

    package var isAllowed: Bool { nanosToToken == 0 }
    package var secondsToFull: Int { Self.seconds(nanosToFull) }
    /// For `Retry-After`: a whole second at least.
    package var retryAfterSeconds: Int { max(1, Self.seconds(nanosToToken)) }

    private static func seconds(_ nanos: Int64) -> Int { Int((nanos + 999_999_999) / 1_000_000_000) }
}
