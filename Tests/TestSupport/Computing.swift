import NIOPosix
package import Testing

/// For tests that compute for seconds without a pause: they have threads of their own. All others share a pool of as many
/// threads as there are cores, and while such tests hold it nobody looks at a clock, answers a request or ends a statement.
package struct Computing: TestTrait, SuiteTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ComputingThreads.shared) { try await function() }
    }
}

extension Trait where Self == Computing {
    package static var computing: Self { Self() }
}

private final class ComputingThreads: TaskExecutor {
    static let shared = ComputingThreads()

    private let threads = NIOThreadPool(numberOfThreads: 2)

    private init() { threads.start() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        threads.submit { _ in unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
