import AudienceIndex
import Kernel
import Postgres

/// A predicate that could not be counted within the database's statement timeout.
enum AudienceTooSlow: Refusal {
    case stopped

    var problem: Problem {
        Problem(
            503, "audience_too_slow", "The audience could not be counted in time.",
            detail: "Ask again later, or with fewer criteria.", retryAfterSeconds: 5)
    }

    /// Runs a read and turns its timeout, or a queue that is full, into this refusal.
    static func watching<Value: Sendable>(_ read: () async throws -> Value) async throws -> Value {
        do {
            return try await read()
        } catch DatabaseError.server(let error) where error.state == .queryCanceled {
            throw AudienceTooSlow.stopped
        } catch is WorkLane.Full {
            throw AudienceTooSlow.stopped
        }
    }
}
