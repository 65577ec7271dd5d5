import EventLog
import Kernel
import Postgres
import Shoppers
import Tenancy

/// Takes a file over, chunk by chunk: while one chunk is being committed the next is decoded. Each chunk, the counts and
/// the rejects up to it are one transaction, so that after any break the import stands at a whole chunk.
package struct RunImport<Kind: ImportKind>: Sendable {
    private let kind: Kind
    private let target: ImportTarget
    private let limits: ImportLimits
    private let isGzip: Bool
    private let progress: @Sendable (Import) -> Void

    package init(
        _ kind: Kind, to target: ImportTarget, isGzip: Bool, limits: ImportLimits = ImportLimits(),
        progress: @escaping @Sendable (Import) -> Void = { _ in }
    ) {
        self.kind = kind
        self.target = target
        self.isGzip = isGzip
        self.limits = limits
        self.progress = progress
    }

    /// Begins the import, or goes on with it where it stands; a finished one is answered as it is.
    package func run<Bytes: AsyncSequence>(
        _ request: ImportRequest, from bytes: Bytes
    ) async throws -> Import where Bytes.Element == [UInt8] {
        var load = try await request.begin(kind.word, target)
        guard load.state != .finished else { return load }
        do {
            try await takeOver(&load, from: bytes)
            return try await finish(load)
        } catch {
            await breakOff(load, because: error)
            throw error
        }
    }

    private func takeOver<Bytes: AsyncSequence>(
        _ load: inout Import, from bytes: Bytes
    ) async throws where Bytes.Element == [UInt8] {
        let decoder = ImportDecoder(kind, load.format, isGzip: isGzip, limits: limits, after: load.counts.linesRead)
        let pieceBytes = isGzip ? Self.gzipPieceBytes : Self.plainPieceBytes
        var pipeline = ImportPipeline(load)
        defer { load = pipeline.load }
        try await withThrowingTaskGroup(of: Import.self) { group in
            do {
                var pending: [UInt8] = []
                for try await piece in bytes {
                    pending += piece
                    guard pending.count >= pieceBytes else { continue }
                    try await pipeline.hand(over: try await decoder.feed(pending), to: commit, in: &group)
                    pending.removeAll(keepingCapacity: true)
                }
                try await pipeline.hand(over: try await decoder.feed(pending), to: commit, in: &group)
                try await pipeline.hand(over: try await decoder.finish(), to: commit, in: &group)
            } catch {
                try await pipeline.drain(&group)
                throw error
            }
            try await pipeline.drain(&group)
        }
    }

    /// Takes a batch over, stretch by stretch.
    private func commit(_ batch: ImportBatch<Kind.Item>, _ load: Import) async throws -> Import {
        try await kind.prepare(batch.items, target)
        var load = load
        for stretch in batch.cut(into: kind.stretches(of: batch.items)) { load = try await take(stretch, load) }
        return load
    }

    /// A stretch of which an item wants to be written alone is halved until it stands so.
    private func take(_ batch: ImportBatch<Kind.Item>, _ load: Import) async throws -> Import {
        do {
            return try await write(batch, load, kind.apply)
        } catch ImportStandsAlone.wanted where batch.items.count > 1 {
            let middle = batch.items.count / 2
            let halves = batch.cut(into: [0..<middle, middle..<batch.items.count])
            return try await take(halves[1], try await take(halves[0], load))
        } catch ImportStandsAlone.refused(let verdict) where batch.items.count == 1 {
            return try await write(batch, load) { _, _, _ in ImportApplied([verdict]) }
        }
    }

    private typealias Apply =
        @Sendable (_ items: [Kind.Item], _ target: ImportTarget, _ tx: borrowing Transaction) throws -> ImportApplied

    /// A transaction that takes one stretch over and counts it in. The import's row is locked first, so that whoever goes on
    /// with it at the same time waits, and finds out before any work.
    private func write(_ batch: ImportBatch<Kind.Item>, _ load: Import, _ apply: @escaping Apply) async throws -> Import {
        let (kind, target, limits) = (kind, target, limits)
        let (after, applied) = try await target.database.transaction(as: target.scope) { tx in
            guard try tx.lock(load, of: target.retailer) else { throw ImportFault.takenOver }
            try tx.holdOffErasures(of: target.retailer)
            let applied = try apply(batch.items, target, tx)
            let rejects = batch.rejects(applied.verdicts) { kind.content(of: $0) }
            var after = load
            after.count(batch, applied, rejects)
            guard after.counts.rejected <= limits.rejectsMax else {
                throw ImportFault.tooManyRejects(max: limits.rejectsMax)
            }
            try tx.insert(rejects, of: load.id, target.retailer)
            try tx.insert(applied.outcomes, atLines: batch.lines, of: load.id, target.retailer)
            guard try tx.advance(after, byChunks: 1, of: target.retailer) else { throw ImportFault.takenOver }
            after.chunks += 1
            return (after, applied)
        }
        applied.committed()
        progress(after)
        return after
    }

    private func finish(_ load: Import) async throws -> Import {
        let target = target
        let finished = try await target.database.transaction(as: target.scope) { tx in
            var finished = load
            finished.state = .finished
            finished.finishedAt = target.world.now()
            guard try tx.advance(finished, byChunks: 0, of: target.retailer) else { throw ImportFault.takenOver }
            try tx.append(.importFinished(finished), to: target.retailer, in: target.world)
            return finished
        }
        await refreshStatistics(after: finished)
        progress(finished)
        return finished
    }

    /// After many rows the planner should know of them at once. Not worth failing for: autovacuum will come.
    private func refreshStatistics(after load: Import) async {
        guard load.counts.accepted >= Self.statisticsRowsMin else { return }
        _ = try? await target.database.transaction(as: target.scope) { tx in
            _ = try tx.execute("SELECT refresh_statistics()")
        }
    }

    /// Notes why it ended; what is committed stays. Where the database cannot be reached the import still reads
    /// `running`, and may be gone on with all the same.
    private func breakOff(_ load: Import, because error: any Error) async {
        var broken = load
        let fault = error as? ImportFault
        if fault == .takenOver { return }
        broken.state = fault?.isFinal == true ? .failed : .interrupted
        broken.failure = fault?.problem.code ?? "interrupted"
        broken.finishedAt = target.world.now()
        let (target, stored) = (target, broken)
        _ = try? await target.database.transaction(as: target.scope) { tx in
            try tx.advance(stored, byChunks: 0, of: target.retailer)
        }
    }

    private static var statisticsRowsMin: Int64 { 1_000 }
    private static var plainPieceBytes: Int { 256 * 1024 }
    /// Small, since it may inflate a hundredfold.
    private static var gzipPieceBytes: Int { 32 * 1024 }
}

/// The one commit under way, and where the import stands after it.
private struct ImportPipeline {
    typealias Group = ThrowingTaskGroup<Import, any Error>
    typealias Commit<Item: Sendable> = @Sendable (ImportBatch<Item>, Import) async throws -> Import

    private(set) var load: Import
    private var isBusy = false

    init(_ load: Import) { self.load = load }

    mutating func hand<Item>(over batches: [ImportBatch<Item>], to commit: @escaping Commit<Item>, in group: inout Group)
        async throws
    {
        for batch in batches {
            try await drain(&group)
            let load = load
            group.addTask { try await commit(batch, load) }
            isBusy = true
        }
    }

    mutating func drain(_ group: inout Group) async throws {
        guard isBusy else { return }
        isBusy = false
        if let after = try await group.next() { load = after }
    }
}

extension Import {
    fileprivate mutating func count<Item>(_ batch: ImportBatch<Item>, _ applied: ImportApplied, _ rejects: [ImportReject]) {
        state = .running
        failure = nil
        finishedAt = nil
        counts.linesRead = batch.lastLine
        counts.accepted += Int64(applied.verdicts.count { $0 == .accepted })
        counts.replayed += Int64(applied.verdicts.count { $0 == .replayed })
        counts.rejected += Int64(rejects.count)
        counts.claimedMinor += applied.claimedMinor
        counts.fundedMinor += applied.fundedMinor
    }
}
