import Glibc
import Synchronization

/// The threads of a database and the queue that they take work from. A thread opens its connection when it first gets
/// work, and again after it broke.
final class ConnectionThreads: Sendable {
    let configuration: DatabaseConfiguration
    private let queue: WorkQueue

    init(_ configuration: DatabaseConfiguration) {
        self.configuration = configuration
        queue = WorkQueue(waitingMax: configuration.waitingMax)
    }

    var load: DatabaseLoad { queue.load }

    func submit(_ job: Job) {
        switch queue.push(job, threadsMax: configuration.connectionsMax) {
        case .queued: break
        case .queuedNeedsThread: startThread()
        case .full: job.fail(.busy)
        case .closed: job.fail(.closed)
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            queue.close { continuation.resume() }
        }
    }

    private func startThread() {
        let (queue, configuration) = (queue, configuration)
        Thread.start {
            let slot = ConnectionSlot(configuration)
            while let job = queue.pop() { job.run(slot) }
            slot.discard()
            queue.threadEnded()
        }
    }
}

/// The place of one connection, on its thread.
final class ConnectionSlot {
    private let configuration: DatabaseConfiguration
    private var current: Connection?
    /// Whether the last `connection()` handed out one that had been open before: it may have gone stale.
    private(set) var wasOpen = false

    init(_ configuration: DatabaseConfiguration) { self.configuration = configuration }

    func connection() throws(DatabaseError) -> Connection {
        if let current, !current.isBroken {
            wasOpen = true
            return current
        }
        wasOpen = false
        let fresh = try Connection(configuration)
        current = fresh
        return fresh
    }

    func discard() { current = nil }
}

/// One unit of work that waits for a connection.
struct Job: Sendable {
    let deadline: ContinuousClock.Instant
    let run: @Sendable (ConnectionSlot) -> Void
    let fail: @Sendable (DatabaseError) -> Void
}
