import Kernel
import Logging
import Postgres
import Synchronization
import Tenancy

/// Collects outcomes and writes those of a retailer together: whoever comes while a write is under way leaves its outcome
/// for the next one. An outcome that cannot be written is not lost work but a second delivery: its lease runs out.
final class OutcomeWriter: Sendable {
    private struct Waiting {
        let finished: FinishedTry
        let since: ContinuousClock.Instant
    }

    private struct State {
        var waiting: [RetailerID: [Waiting]] = [:]
        var writing: Set<RetailerID> = []
    }

    private let database: Database
    private let clock: DeliveryClock
    private let world: OutsideWorld
    private let metrics: DeliveryMetrics
    private let logger: Logger
    private let state = Mutex(State())

    init(_ database: Database, _ clock: DeliveryClock, _ world: OutsideWorld, _ metrics: DeliveryMetrics, _ logger: Logger) {
        self.database = database
        self.clock = clock
        self.world = world
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns when there is nothing left for this caller to write.
    func write(_ tries: [FinishedTry], of retailer: RetailerID) async {
        for finished in tries { metrics.record(finished) }
        let since = ContinuousClock.now
        let isWriter = state.withLock { state in
            state.waiting[retailer, default: []] += tries.map { Waiting(finished: $0, since: since) }
            return state.writing.insert(retailer).inserted
        }
        guard isWriter else { return }
        while let batch = nextBatch(of: retailer) { await commit(batch, of: retailer) }
    }

    private func nextBatch(of retailer: RetailerID) -> [Waiting]? {
        state.withLock { state in
            let waiting = state.waiting[retailer] ?? []
            guard !waiting.isEmpty else {
                state.waiting[retailer] = nil
                state.writing.remove(retailer)
                return nil
            }
            state.waiting[retailer] = Array(waiting.dropFirst(DeliveryLimits.outcomesMax))
            return Array(waiting.prefix(DeliveryLimits.outcomesMax))
        }
    }

    private func commit(_ batch: [Waiting], of retailer: RetailerID) async {
        metrics.recordWrite(batch.count, waited: batch.map { .now - $0.since }.max() ?? .zero)
        let command = CompleteAttempts(retailer: retailer, tries: batch.map(\.finished), clock: clock, world: world)
        do {
            let summary = try await database.transaction(as: .worker(retailer)) { tx in try command.run(in: tx) }
            metrics.record(summary)
            for reason in summary.disabled {
                logger.warning(
                    "endpoint disabled", metadata: ["retailer": "\(retailer)", "reason": "\(reason.rawValue)"])
            }
        } catch {
            logger.error(
                "outcomes not written",
                metadata: ["retailer": "\(retailer)", "count": "\(batch.count)", "fault": "\(error)"])
        }
    }
}
