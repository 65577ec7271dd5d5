import Glibc

/// One thread for work that takes longer than a moment: questions over an index, copies to disk. Swift's cooperative threads
/// never wait in it, and more than `waitingMax` pieces of work do not pile up.
@safe package final class WorkLane: @unchecked Sendable {
    /// More work waits than there may be.
    package struct Full: Error {}

    private let waitingMax: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Both behind `mutex`.
    private var waiting: [@Sendable () -> Void] = []
    private var isClosed = false

    /// The thread lives until `close`, or as long as the program.
    package init(waitingMax: Int) {
        self.waitingMax = waitingMax
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(changed, nil)
        let lane = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<WorkLane>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, lane.toOpaque())
        precondition(status == 0, "the system has no thread left")
        pthread_detach(thread)
    }

    /// What waits is still done; then the thread ends.
    package func close() {
        unsafe pthread_mutex_lock(mutex)
        isClosed = true
        unsafe pthread_cond_signal(changed)
        unsafe pthread_mutex_unlock(mutex)
    }

    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = submit { continuation.resume(with: Result { try body() }) }
            if !isTaken { continuation.resume(throwing: Full()) }
        }
    }

    private func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        guard !isClosed, waiting.count < waitingMax else { return false }
        waiting.append(work)
        unsafe pthread_cond_signal(changed)
        return true
    }

    private func serve() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while waiting.isEmpty && !isClosed { unsafe pthread_cond_wait(changed, mutex) }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
