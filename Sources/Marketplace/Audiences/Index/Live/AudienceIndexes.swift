import AudienceIndex
package import Kernel
package import Postgres
package import Profiles
import Synchronization

/// The indexes of a node: of the retailers that are asked about, within a bound of memory. Whoever asks gets one that shows
/// what was committed a moment ago, or none and asks the oracle; the first question is what brings an index in.
package final class AudienceIndexes: Sendable {
    let room: IndexRoom
    private let shelves = Mutex<[IndexShelf: LiveIndex]>([:])
    private let answersByIndex = Atomic(0)
    private let answersByOracle = Atomic(0)

    package init(
        _ database: Database, _ world: OutsideWorld, _ bounds: IndexBounds, _ sampling: SupplierSampling,
        onNotice: @escaping @Sendable (IndexShelf, IndexNotice) -> Void = { _, _ in }
    ) {
        room = IndexRoom(database, world, bounds, sampling, onNotice)
    }

    /// The index for these profiles where it is current.
    package func current(_ view: IndexView, for moment: ProfileMoment) -> ShopperIndex? {
        guard room.bounds.bytesMax > 0 else { return nil }
        let shelf = IndexShelf(retailer: moment.retailer, view: view)
        let live = shelves.withLock { shelves -> LiveIndex? in
            if let live = shelves[shelf] { return live }
            guard shelves.count < IndexBounds.shelvesMax else { return nil }
            let live = LiveIndex(shelf, in: room)
            shelves[shelf] = live
            return live
        }
        return live?.current(for: moment)
    }

    /// The index for these profiles where it is current and holds what the predicates ask; nil where the oracle is to answer.
    func current(_ view: IndexView, for moment: ProfileMoment, asking predicates: [Predicate]) -> AskedIndex? {
        guard room.bounds.bytesMax > 0 else { return nil }
        let index = predicates.allSatisfy(ShopperIndex.holds) ? current(view, for: moment) : nil
        guard let index else {
            answersByOracle.add(1, ordering: .relaxed)
            return nil
        }
        answersByIndex.add(1, ordering: .relaxed)
        return AskedIndex(index: index, lane: room.questions)
    }

    /// Questions since the start by who answered them.
    package var answers: (index: Int, oracle: Int) {
        (answersByIndex.load(ordering: .relaxed), answersByOracle.load(ordering: .relaxed))
    }

    /// One look of every index that is due, one after the other; then those go that nobody asks for or that are too many.
    package func advance() async {
        for live in due() { await live.advance() }
        tidy()
    }

    /// Those that were asked for lately, and those that are to be loaded.
    func due() -> [LiveIndex] {
        let all = shelves.withLock { Array($0.values) }
        return all.filter { live in
            let standing = live.standing
            return !standing.isTooLarge && standing.idleNanos <= room.bounds.warmSeconds * 1_000_000_000
        }
    }

    /// Lets go of what is idle, then of what was not asked for longest until all fit.
    func tidy() {
        let standings = shelves.withLock { $0.mapValues(\.standing) }
        for (shelf, standing) in standings where standing.idleNanos > room.bounds.idleSecondsMax * 1_000_000_000 {
            drop(shelf, .idle, keepingCopy: false)
        }
        var bytes = standings.values.reduce(0) { $0 + $1.bytes }
        for (shelf, standing) in standings.sorted(by: { $0.value.idleNanos > $1.value.idleNanos }) {
            guard bytes > room.bounds.bytesMax else { break }
            guard standing.isLoaded else { continue }
            drop(shelf, .memory, keepingCopy: true)
            bytes -= standing.bytes
        }
    }

    private func drop(_ shelf: IndexShelf, _ reason: IndexDrop, keepingCopy: Bool) {
        let live = shelves.withLock { $0.removeValue(forKey: shelf) }
        live?.drop()
        if !keepingCopy { room.copies?.remove(shelf) }
        if live != nil { room.onNotice(shelf, .dropped(reason)) }
    }

    /// For metrics.
    package var totals: IndexTotals {
        let standings = shelves.withLock { $0.values.map(\.standing) }.filter(\.isLoaded)
        let warm = standings.filter { $0.idleNanos <= room.bounds.warmSeconds * 1_000_000_000 }
        return IndexTotals(
            loaded: standings.count, bytes: standings.reduce(0) { $0 + $1.bytes },
            shoppers: standings.reduce(0) { $0 + $1.shoppers }, lagNanosMax: warm.map(\.lagNanos).max() ?? 0,
            ageNanosMax: standings.map(\.ageNanos).max() ?? 0)
    }
}

/// An index and the thread on which it is asked.
struct AskedIndex: Sendable {
    let index: ShopperIndex
    let lane: WorkLane

    func ask<Value: Sendable>(_ question: @escaping @Sendable (ShopperIndex) -> Value) async throws -> Value {
        try await lane.run { [index] in question(index) }
    }
}

/// All indexes of a node together.
package struct IndexTotals: Sendable {
    package let loaded: Int
    package let bytes: Int
    package let shoppers: Int
    /// Of those that are asked for: how old what the oldest shows is.
    package let lagNanosMax: Int64
    package let ageNanosMax: Int64
}

extension AudienceIndexes {
    /// Looks again and again until the task is cancelled, each index on its own; `rest` waits between two looks, until it
    /// is time or somebody wrote.
    package func run(rest: () async -> Void) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for live in due() { group.addTask { await live.advance() } }
                await rest()
                tidy()
            }
            group.cancelAll()
        }
    }
}
