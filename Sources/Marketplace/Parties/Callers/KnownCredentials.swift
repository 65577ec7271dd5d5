import Kernel
import Synchronization
import Tenancy

/// Services' keys of tills, apps and feeds that were looked up within the last second: they come with every basket and every
/// screen, and their look-up would cost more than the answer. Keys that may do more, and people's, are looked up each time.
///
/// A key that is revoked on this node ends at once; one that is revoked on another node works here for a second at most.
final class KnownCredentials: Sendable {
    static let keptMillis: Int64 = 1_000
    static let countMax = 4_096
    private static let roles: Set<RetailerRole> = [.till, .app, .feed]

    private struct State {
        var known: [KeyQuestion: (credential: Credential, seenNanos: Int64)] = [:]
        /// Rises when everything is forgotten: what was read meanwhile may be older than what was written.
        var generation = 0
    }

    private let state = Mutex(State())

    /// What is known of a key, and under which generation to keep what is not.
    func find(_ question: KeyQuestion, at nanos: Int64) -> (credential: Credential?, generation: Int) {
        state.withLock { state in
            guard let known = state.known[question], nanos - known.seenNanos <= Self.keptMillis * 1_000_000 else {
                return (nil, state.generation)
            }
            return (known.credential, state.generation)
        }
    }

    /// `nanos` is from before the look.
    func keep(_ credential: Credential, for question: KeyQuestion, seen nanos: Int64, _ generation: Int) {
        guard credential.person == nil, case .retailer(_, let roles) = credential.organisation,
            roles.isSubset(of: Self.roles)
        else { return }
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= Self.countMax { state.known = [:] }
            state.known[question] = (credential, nanos)
        }
    }

    func forget(_ question: KeyQuestion) { state.withLock { $0.known[question] = nil } }

    func forgetAll() {
        state.withLock { state in
            state.generation += 1
            state.known = [:]
        }
    }
}
