import Synchronization

/// The connections of clients to this node: how many there are, and why some were cut.
package final class ConnectionTable: Sendable {
    /// Why a connection was cut.
    package enum Reason: String, CaseIterable, Sendable {
        case tooMany = "too_many"
        case idle
        case headTooSlow = "head_too_slow"
        case bodyTooSlow = "body_too_slow"
        case answerNotRead = "answer_not_read"
        case badHead = "bad_head"
    }

    let limits: Limits
    private let state = Mutex(State())

    private struct State {
        var open = 0
        var cut: [Reason: Int] = [:]
    }

    init(_ limits: Limits) { self.limits = limits }

    package var open: Int { state.withLock { $0.open } }

    package var max: Int { limits.connectionsMax }

    package func cut(_ reason: Reason) -> Int { state.withLock { $0.cut[reason, default: 0] } }

    /// Counts one in; false where there are as many as there may be.
    func enter() -> Bool {
        state.withLock { state in
            guard state.open < limits.connectionsMax else { return false }
            state.open += 1
            return true
        }
    }

    func leave() { state.withLock { $0.open -= 1 } }

    func count(_ reason: Reason) { state.withLock { $0.cut[reason, default: 0] += 1 } }
}
