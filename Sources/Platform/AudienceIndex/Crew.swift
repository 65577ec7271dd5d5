import Glibc
import Synchronization

/// Threads that go through chunks together, and wait between runs. One run at a time. They let others go first: where tills want the
/// cores, whoever asks for a count waits a little longer.
@safe package final class Crew: @unchecked Sendable {
    package let workers: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// All below are behind `mutex`.
    private var job: (@Sendable (Int) -> Void)?
    private var turn = 0
    private var busy = 0
    private var isClosed = false
    private let runs = Mutex(())

    package static let workersMax = 64
    /// What `nice` says of the threads: a third of the weight of others that want the same core.
    private static let niceness: Int32 = 5

    package init(workers: Int) {
        self.workers = min(max(1, workers), Self.workersMax)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
        for worker in 0..<self.workers { start(worker) }
    }

    /// Ends the threads; without it they, and the crew, live as long as the program.
    package func close() {
        unsafe pthread_mutex_lock(mutex)
        isClosed = true
        unsafe pthread_cond_broadcast(changed)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Runs the body once for each worker and waits for all; on the caller where the threads have ended. Blocks: never on one of Swift's own threads.
    package func run(_ body: @escaping @Sendable (Int) -> Void) {
        runs.withLock { _ in
            unsafe pthread_mutex_lock(mutex)
            guard !isClosed else {
                unsafe pthread_mutex_unlock(mutex)
                for worker in 0..<workers { body(worker) }
                return
            }
            (job, busy) = (body, workers)
            turn += 1
            unsafe pthread_cond_broadcast(changed)
            while busy > 0 { unsafe pthread_cond_wait(changed, mutex) }
            job = nil
            unsafe pthread_mutex_unlock(mutex)
        }
    }

    private func start(_ worker: Int) {
        let member = unsafe Unmanaged.passRetained(Member(crew: self, worker: worker))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let member = unsafe Unmanaged<Member>.fromOpaque(argument).takeRetainedValue()
                member.crew.serve(member.worker)
                return nil
            }, member.toOpaque())
        precondition(status == 0, "the system has no thread left")
        pthread_detach(thread)
    }

    private final class Member: Sendable {
        let crew: Crew
        let worker: Int

        init(crew: Crew, worker: Int) { (self.crew, self.worker) = (crew, worker) }
    }

    private func serve(_ worker: Int) {
        // Of the calling thread alone, as Linux has it.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var seen = 0
        unsafe pthread_mutex_lock(mutex)
        while true {
            while turn == seen && !isClosed { unsafe pthread_cond_wait(changed, mutex) }
            // A run that has begun is ended first.
            if turn == seen { break }
            seen = turn
            let body = job
            unsafe pthread_mutex_unlock(mutex)
            body?(worker)
            unsafe pthread_mutex_lock(mutex)
            busy -= 1
            if busy == 0 { unsafe pthread_cond_broadcast(changed) }
        }
        unsafe pthread_mutex_unlock(mutex)
    }
}
