import Kernel
import Logging
import Postgres
import Synchronization
import Tenancy

/// Collects outcomes and writes those of a retailer together: whoever comes while a write is under way leaves its outcome
/// for the next one. While PostgreSQL is away they wait. An outcome that cannot be written is not lost work but a second delivery:
/// its lease runs out.
final class OutcomeWriter: Sendable {
    private struct Waiting {
        let finished: FinishedTry
        let since: ContinuousClock.Instant
    }

    private struct State {
        var waiting: [RetailerID: [Waiting]] = [:]
        var writing: Set<RetailerID> = []
        var spans = SpanLedger()
        var tally = SuccessTally()
        /// Where the writes of a running service are asked for; nil: whoever brings an outcome writes.
        var writes: AsyncStream<RetailerID>.Continuation?
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

    /// Writes beside `body` what it brings, and returns when all of it is written.
    func run(beside body: @escaping @Sendable () async -> Void) async {
        let (writes, asked) = AsyncStream.makeStream(of: RetailerID.self)
        state.withLock { $0.writes = asked }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await body()
                asked.finish()
            }
            for await retailer in writes { group.addTask { await self.writeAll(of: retailer) } }
        }
        // What came after a cancellation was asked of nobody.
        let left = state.withLock { state in
            state.writes = nil
            return Set(state.waiting.keys).union(state.tally.retailers)
        }
        for retailer in left {
            await writeAll(of: retailer)
            await writeHealth(of: retailer, olderThan: .zero)
        }
    }

    /// A span whose tries will come.
    func opened(_ span: DeliverySpan) { state.withLock { $0.spans.open(span) } }

    /// Outside a running service it returns when there is nothing left for this caller to write.
    func write(_ tries: [FinishedTry], of retailer: RetailerID) async {
        for finished in tries { metrics.record(finished) }
        let since = ContinuousClock.now
        let (isWriter, writes) = state.withLock { state in
            state.waiting[retailer, default: []] += tries.map { Waiting(finished: $0, since: since) }
            return (state.writing.insert(retailer).inserted, state.writes)
        }
        guard isWriter else { return }
        if let writes { writes.yield(retailer) } else { await writeAll(of: retailer) }
    }

    /// Successes that were counted and not yet written.
    func writeHealth(of retailer: RetailerID, olderThan age: Duration = .milliseconds(DeliveryLimits.healthWriteMillis)) async {
        let successes = state.withLock { $0.tally.due(of: retailer, including: [], olderThan: age, now: .now) }
        guard !successes.isEmpty else { return }
        let command = CompleteAttempts(
            retailer: retailer, tries: [], successes: successes, spans: [:], clock: clock, world: world)
        if await commit(command) { state.withLock { $0.tally.written(successes, of: retailer, now: .now) } }
    }

    private func writeAll(of retailer: RetailerID) async {
        while let batch = nextBatch(of: retailer) { await write(batch, of: retailer) }
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

    private func write(_ batch: [Waiting], of retailer: RetailerID) async {
        metrics.recordWrite(batch.count, waited: batch.map { .now - $0.since }.max() ?? .zero)
        let tries = batch.map(\.finished)
        let (successes, spans) = state.withLock { state in
            state.tally.count(tries, of: retailer)
            // A failure is written with the successes before it.
            let unwell = Set(tries.lazy.filter { !$0.isQuietSuccess }.map(\.delivery.endpoint))
            let due = state.tally.due(
                of: retailer, including: unwell, olderThan: .milliseconds(DeliveryLimits.healthWriteMillis), now: .now)
            return (due, state.spans.left(after: tries))
        }
        let command = CompleteAttempts(
            retailer: retailer, tries: tries, successes: successes, spans: spans, clock: clock, world: world)
        let isWritten = await commit(command)
        state.withLock { state in
            if isWritten { state.tally.written(successes, of: retailer, now: .now) }
            state.spans.close(tries, isWritten: isWritten)
        }
    }

    /// Tries again for as long as PostgreSQL is away; false where it is given up.
    private func commit(_ command: CompleteAttempts) async -> Bool {
        let patience = ContinuousClock.now + .seconds(DeliveryLimits.outcomeRetrySecondsMax)
        var command = command
        while true {
            do {
                let session = Scope.delivering(command.retailer)
                let command = command
                let summary = try await database.transaction(as: session) { tx in try command.run(in: tx) }
                metrics.record(summary)
                for reason in summary.disabled {
                    logger.warning(
                        "endpoint disabled", metadata: ["retailer": "\(command.retailer)", "reason": "\(reason.rawValue)"])
                }
                return true
            } catch {
                let fault = error as? DatabaseError
                if case .commitOutcomeUnknown? = fault { command.mayStand = true }
                let mayPass = fault?.mayPass ?? false
                guard mayPass, !Task.isCancelled, ContinuousClock.now < patience else {
                    logger.error(
                        "outcomes not written",
                        metadata: [
                            "retailer": "\(command.retailer)", "count": "\(command.tries.count)", "fault": "\(error)",
                        ])
                    return false
                }
                try? await Task.sleep(for: .milliseconds(DeliveryLimits.outcomeRetryMillis))
            }
        }
    }
}

extension DatabaseError {
    /// PostgreSQL is away, busy, or out of something: the same transaction may succeed later. Where a commit's outcome is not known
    /// it may have: then what stands is not written again.
    fileprivate var mayPass: Bool {
        switch self {
        case .unavailable, .commitOutcomeUnknown, .busy: true
        case .server(let error): ["08", "40", "53", "55", "57", "58"].contains(error.state.errorClass)
        case .closed, .decoding, .rowCount: false
        }
    }
}
