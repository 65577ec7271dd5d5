import CLibcurl
import Synchronization

/// A request with the task that waits for its outcome.
struct Submission: Sendable {
    let id: UInt64
    let request: OutboundRequest
    let continuation: CheckedContinuation<OutboundOutcome, Never>

    func abandon(_ reason: OutboundOutcome.Abandonment) {
        continuation.resume(returning: OutboundOutcome(abandoned: reason))
    }
}

/// What the program hands to the curl thread. Whoever takes a submission out resumes its continuation: there is one
/// lock, so exactly one does.
final class Mailbox: Sendable {
    private let waitingMax: Int
    private let state = Mutex(State())
    private let lastID = Atomic<UInt64>(0)

    private struct State {
        var waiting: [Submission] = []
        var cancelled: [UInt64] = []
        /// To wake the thread; nil before it has begun and after it has ended.
        var loop: LoopHandle?
        /// The thread found nothing to do, and sleeps or is about to. One wake-up is enough: each is a system call.
        var isAsleep = false
        var isClosed = false
        var hasEnded = false
        var onEnded: [@Sendable () -> Void] = []

        mutating func wake() {
            guard isAsleep else { return }
            isAsleep = false
            loop?.wake()
        }
    }

    init(waitingMax: Int) { self.waitingMax = waitingMax }

    func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    func submit(_ submission: Submission) {
        let refused: OutboundOutcome.Abandonment? = state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.waiting.count < waitingMax else { return .queueFull }
            state.waiting.append(submission)
            state.wake()
            return nil
        }
        if let refused { submission.abandon(refused) }
    }

    /// Gives up a request, waiting or in flight. One that is done already, or not known, is none.
    func cancel(_ id: UInt64) {
        let waiting: Submission? = state.withLock { state in
            if let index = state.waiting.firstIndex(where: { $0.id == id }) { return state.waiting.remove(at: index) }
            guard state.loop != nil else { return nil }
            state.cancelled.append(id)
            state.wake()
            return nil
        }
        waiting?.abandon(.cancelled)
    }

    func close(onEnded: (@Sendable () -> Void)?) {
        let hasEnded = state.withLock { state in
            state.isClosed = true
            if state.hasEnded { return true }
            if let onEnded { state.onEnded.append(onEnded) }
            state.wake()
            return false
        }
        if hasEnded { onEnded?() }
    }

    // What follows is for the thread alone.

    struct Work {
        let arrived: [Submission]
        let cancelled: [UInt64]
        let isClosed: Bool
    }

    func begin(_ loop: LoopHandle) { state.withLock { $0.loop = loop } }

    /// Takes up to `placesFree` requests in the order of their arrival; all of them once the mailbox is closed. What comes after
    /// this wakes the thread.
    func take(placesFree: Int) -> Work {
        state.withLock { state in
            let count = state.isClosed ? state.waiting.count : min(placesFree, state.waiting.count)
            let work = Work(
                arrived: Array(state.waiting.prefix(count)), cancelled: state.cancelled, isClosed: state.isClosed)
            state.waiting.removeFirst(count)
            state.cancelled = []
            state.isAsleep = true
            return work
        }
    }

    /// After this nobody wakes the loop, so it may be freed. A closed mailbox takes nothing, so nothing is left in it.
    func detach() { state.withLock { $0.loop = nil } }

    func end() {
        let onEnded = state.withLock { state in
            state.hasEnded = true
            defer { state.onEnded = [] }
            return state.onEnded
        }
        for run in onEnded { run() }
    }
}

/// The loop's wake-up, which any thread may raise until it is detached.
struct LoopHandle: Sendable {
    let wakeUp: Int32

    func wake() { tradewind_wakeup_raise(wakeUp) }
}
