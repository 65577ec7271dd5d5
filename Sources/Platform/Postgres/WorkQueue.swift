import Glibc

/// The bounded queue between the program and its connection threads. Work that waited beyond its deadline is failed by
/// a reaper thread, which runs only while something waits.
///
/// `@unchecked Sendable`: all state is behind `lock`; a condition variable is needed, which `Synchronization` lacks.
final class WorkQueue: @unchecked Sendable {
    private let waitingMax: Int
    private let lock = ThreadLock()
    private var jobs: [Job] = []
    private var head = 0
    private var threads = 0
    private var idle = 0
    private var isClosed = false
    private var isReaping = false
    private var onAllEnded: (@Sendable () -> Void)?

    init(waitingMax: Int) { self.waitingMax = waitingMax }

    enum Pushed { case queued, queuedNeedsThread, full, closed }

    var load: DatabaseLoad {
        lock.withLock { DatabaseLoad(connections: threads, busy: threads - idle, waiting: jobs.count - head) }
    }

    func push(_ job: Job, threadsMax: Int) -> Pushed {
        lock.withLock {
            guard !isClosed else { return .closed }
            guard jobs.count - head < waitingMax else { return .full }
            jobs.append(job)
            let waiting = jobs.count - head
            if idle >= waiting {
                lock.signal()
                return .queued
            }
            if threads < threadsMax {
                threads += 1
                return .queuedNeedsThread
            }
            startReaperIfNeeded()
            return .queued
        }
    }

    /// Waits for work; nil once the queue is closed and empty.
    func pop() -> Job? {
        lock.withLock {
            while head == jobs.count {
                if isClosed { return nil }
                idle += 1
                lock.wait()
                idle -= 1
            }
            return takeFirst()
        }
    }

    func close(onAllEnded: @escaping @Sendable () -> Void) {
        let endedAlready = lock.withLock {
            isClosed = true
            self.onAllEnded = onAllEnded
            lock.broadcast()
            return threads == 0
        }
        if endedAlready { onAllEnded() }
    }

    func threadEnded() {
        let ended = lock.withLock {
            threads -= 1
            return threads == 0 ? onAllEnded : nil
        }
        ended?()
    }

    /// All that waits, for being refused together.
    func takeAll() -> [Job] {
        lock.withLock {
            let waiting = Array(jobs[head...])
            jobs = []
            head = 0
            return waiting
        }
    }

    private func takeFirst() -> Job {
        let job = jobs[head]
        head += 1
        if head == jobs.count || head >= 1024 {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    private func startReaperIfNeeded() {
        guard !isReaping else { return }
        isReaping = true
        Thread.start { [self] in
            while let expired = reap() {
                for job in expired { job.fail(.busy) }
                usleep(20_000)
            }
        }
    }

    /// The jobs whose time is up, or nil when nothing waits and the reaper may end.
    private func reap() -> [Job]? {
        lock.withLock {
            guard head < jobs.count else {
                isReaping = false
                return nil
            }
            let now = ContinuousClock.now
            let waiting = jobs[head...]
            let expired = waiting.filter { $0.deadline < now }
            if !expired.isEmpty {
                jobs = waiting.filter { $0.deadline >= now }
                head = 0
            }
            return expired
        }
    }
}
