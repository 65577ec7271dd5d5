package import Kernel
import Synchronization

/// Tells whoever follows a log on this node that there may be something new, so that nobody has to wait for the next
/// poll. A hint that is lost costs time and nothing else: polling is the truth.
package final class LogHint: Sendable {
    private struct State {
        var listeners: [UInt64: LogListener] = [:]
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Somebody wrote something for the retailer.
    package func wake(_ retailer: RetailerID) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.wake(retailer) }
    }

    /// Hears of one retailer, or of all.
    package func withListener<Value>(
        for retailer: RetailerID? = nil, _ body: (LogListener) async throws -> Value
    ) async rethrows -> Value {
        let listener = LogListener(for: retailer)
        return try await telling(listener) { try await body(listener) }
    }

    /// A listener of another hint hears this one too.
    package func telling<Value>(_ listener: LogListener, _ body: () async throws -> Value) async rethrows -> Value {
        let id = state.withLock { state in
            state.lastID += 1
            state.listeners[state.lastID] = listener
            return state.lastID
        }
        defer { state.withLock { state in state.listeners[id] = nil } }
        return try await body()
    }
}

/// One follower that sleeps between its rounds. What wakes it while it is at work is kept for its next sleep.
package final class LogListener: Sendable {
    private struct State {
        var woken: Set<RetailerID> = []
        var sleeper: CheckedContinuation<Void, Never>?

        mutating func takeSleeper() -> CheckedContinuation<Void, Never>? {
            defer { sleeper = nil }
            return sleeper
        }
    }

    private let retailer: RetailerID?
    private let state = Mutex(State())

    fileprivate init(for retailer: RetailerID?) { self.retailer = retailer }

    package func wake(_ retailer: RetailerID) {
        guard self.retailer == nil || self.retailer == retailer else { return }
        let sleeper = state.withLock { state in
            state.woken.insert(retailer)
            return state.takeSleeper()
        }
        sleeper?.resume()
    }

    /// Sleeps until woken, cancelled or the time is over; returns who was named meanwhile.
    package func sleep(atMost time: Duration) async -> Set<RetailerID> {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { await self.sleepUntilWoken() }
            await group.next()
            group.cancelAll()
        }
        return state.withLock { state in
            defer { state.woken = [] }
            return state.woken
        }
    }

    private func sleepUntilWoken() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAwake = state.withLock { state in
                    guard state.woken.isEmpty, !Task.isCancelled else { return true }
                    state.sleeper = continuation
                    return false
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeSleeper() }?.resume()
        }
    }
}
