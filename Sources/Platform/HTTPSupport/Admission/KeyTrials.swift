import Kernel
import Synchronization
import Tenancy

/// Bounds what guessing keys may cost, without locking out whoever shares an address with the guesser.
///
/// Each refused key takes a token of its address. Once there is none left: a key that this node has accepted before goes
/// its usual way; an unknown one is looked up in a narrow lane of a few at once, and answered 429 instead of 401 where
/// it is wrong, or where the lane is full.
final class KeyTrials: Sendable {
    private static let knownMax = 100_000

    private let authenticate: Authenticate
    private let limiter: RateLimiter
    private let suspectsMax: Int
    private let known = Mutex(KnownTokens(countMax: KeyTrials.knownMax))
    private let suspects = Atomic<Int>(0)

    init(_ limits: Limits, _ limiter: RateLimiter, _ authenticate: @escaping Authenticate) {
        self.authenticate = authenticate
        self.limiter = limiter
        suspectsMax = limits.suspectsMax
    }

    /// `now` in nanoseconds of the limiter's time.
    func principal(
        _ token: String, at retailer: RetailerID?, from address: Identifier, at now: Int64
    ) async throws -> Principal {
        let hash = token.hashValue
        if known.withLock({ $0.contains(hash) }) || limiter.mayFail(from: address, at: now) {
            return try await tried(token, hash, retailer, address, now)
        }
        let (_, suspects) = self.suspects.add(1, ordering: .relaxed)
        defer { self.suspects.subtract(1, ordering: .relaxed) }
        guard suspects <= suspectsMax else { throw Self.refused(retryAfterSeconds: 1) }
        return try await tried(token, hash, retailer, address, now)
    }

    private func tried(
        _ token: String, _ hash: Int, _ retailer: RetailerID?, _ address: Identifier, _ now: Int64
    ) async throws -> Principal {
        do {
            let principal = try await authenticate(token, retailer)
            known.withLock { $0.insert(hash) }
            return principal
        } catch let problem as Problem where problem.status == 401 {
            known.withLock { $0.remove(hash) }
            let state = limiter.takeFailure(from: address, at: now)
            throw state.isAllowed ? problem : Self.refused(retryAfterSeconds: state.retryAfterSeconds)
        }
    }

    private static func refused(retryAfterSeconds: Int) -> Problem {
        .rateLimited("Too many keys from this address were refused.", retryAfterSeconds: retryAfterSeconds)
    }
}
