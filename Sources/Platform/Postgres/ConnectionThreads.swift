import Glibc
import Synchronization

/// The threads of a database and the queue that they take work from. A thread opens its connection when it first gets
/// work, and again after it broke.
final class ConnectionThreads: Sendable {
    let configuration: DatabaseConfiguration
    /// Nil where nobody watches.
    let pulse: Pulse?
    private let queue: WorkQueue

    init(_ configuration: DatabaseConfiguration) {
        self.configuration = configuration
        queue = WorkQueue(waitingMax: configuration.waitingMax)
        pulse = configuration.silenceMillisMax.map { _ in Pulse() }
        if let pulse, let silence = configuration.silenceMillisMax {
            PulseWatch(pulse: pulse, queue: queue, configuration: configuration, silenceMax: .milliseconds(silence)).start()
        }
    }

    var load: DatabaseLoad { queue.load }

    func submit(_ job: Job) {
        if let pulse, pulse.isAway { return job.fail(Pulse.away) }
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
        pulse?.close()
    }

    private func startThread() {
        let (queue, configuration, pulse) = (queue, configuration, pulse)
        Thread.start {
            let slot = ConnectionSlot(configuration, pulse)
            while let job = queue.pop() { job.run(slot) }
            slot.discard()
            queue.threadEnded()
        }
    }
}

/// The place of one connection, on its thread.
final class ConnectionSlot {
    private let configuration: DatabaseConfiguration
    private let pulse: Pulse?
    private var current: Connection?
    /// Whether the last `connection()` handed one out: what broke afterwards broke in the middle, not while connecting.
    private(set) var wasConnected = false

    init(_ configuration: DatabaseConfiguration, _ pulse: Pulse?) {
        self.configuration = configuration
        self.pulse = pulse
    }

    func connection() throws(DatabaseError) -> Connection {
        if let current, !current.isBroken { return current }
        wasConnected = false
        if let pulse, pulse.isAway { throw Pulse.away }
        let fresh = try Connection(configuration, pulse)
        current = fresh
        wasConnected = true
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
