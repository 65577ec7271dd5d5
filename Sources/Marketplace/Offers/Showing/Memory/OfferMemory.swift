package import Kernel
package import Postgres
import Synchronization

/// The offers of this node's retailers in memory: of those that are asked for, within a bound of memory. Whoever asks gets
/// what was committed within the last two seconds, or nothing and asks PostgreSQL; the first question is what brings a
/// retailer's offers in.
package final class OfferMemory: Sendable {
    private let room: OfferRoom
    private let retailers = Mutex<[RetailerID: RetailerOffers]>([:])
    private let answersByMemory = Atomic(0)
    private let answersByPostgres = Atomic(0)

    package init(
        _ database: Database, _ world: OutsideWorld, _ bounds: OfferBounds,
        onNotice: @escaping @Sendable (RetailerID, OfferNotice) -> Void = { _, _ in }
    ) {
        room = OfferRoom(database: database, world: world, bounds: bounds, onNotice: onNotice)
    }

    /// What is needed to answer a question for any number of shoppers: all of one moment. Nil where PostgreSQL is to be asked.
    func viewing(_ question: OfferQuestion, at retailer: RetailerID) async throws -> OfferViewing? {
        let viewing = try await found(question, at: retailer)
        if viewing == nil { answersByPostgres.add(1, ordering: .relaxed) } else { answersByMemory.add(1, ordering: .relaxed) }
        return viewing
    }

    private func found(_ question: OfferQuestion, at retailer: RetailerID) async throws -> OfferViewing? {
        guard room.bounds.bytesMax > 0, let offers = offers(of: retailer), let snapshot = offers.current() else { return nil }
        let name = BoardName(store: question.store, reader: question.reader)
        guard let board = try await offers.boards.board(name, of: snapshot.stage) else { return nil }
        // Whether there is such a category PostgreSQL says.
        if let category = question.category, !board.hasCategory(category) { return nil }
        return OfferViewing(question: question, board: board, snapshot: snapshot, counters: offers.counters)
    }

    /// After a write on this node whoever asks it reads what was written.
    package func wrote(_ retailer: RetailerID) { retailers.withLock { $0[retailer] }?.wrote() }

    /// Whoever activated something on this node sees it there at once.
    func activated(_ shoppers: [UInt32], at retailer: RetailerID) {
        guard !shoppers.isEmpty else { return }
        retailers.withLock { $0[retailer] }?.counters.activated(shoppers)
    }

    private func offers(of retailer: RetailerID) -> RetailerOffers? {
        retailers.withLock { retailers in
            if let known = retailers[retailer] { return known }
            guard retailers.count < OfferBounds.retailersMax else { return nil }
            let fresh = RetailerOffers(retailer, in: room)
            retailers[retailer] = fresh
            return fresh
        }
    }

    /// One look at every retailer that is due, one after the other; then those go that nobody asks for or that are too many.
    package func advance() async {
        for offers in due() { await offers.advance() }
        tidy()
    }

    /// Looks again and again until the task is cancelled, each retailer on its own; `rest` waits between two looks, until it is
    /// time or somebody wrote.
    package func run(rest: () async -> Void) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for offers in due() { group.addTask { await offers.advance() } }
                await rest()
                tidy()
            }
            group.cancelAll()
        }
    }

    private func due() -> [RetailerOffers] {
        retailers.withLock { Array($0.values) }.filter { offers in
            let standing = offers.standing
            return !standing.isTooLarge && standing.idleNanos <= room.bounds.warmSeconds * 1_000_000_000
        }
    }

    /// Lets go of what is idle, then of what was not asked for longest until all fit.
    private func tidy() {
        let standings = retailers.withLock { $0.mapValues(\.standing) }
        for (retailer, standing) in standings where standing.idleNanos > room.bounds.idleSecondsMax * 1_000_000_000 {
            drop(retailer, .idle)
        }
        var bytes = standings.values.reduce(0) { $0 + $1.bytes }
        for (retailer, standing) in standings.sorted(by: { $0.value.idleNanos > $1.value.idleNanos }) {
            guard bytes > room.bounds.bytesMax else { break }
            guard standing.isLoaded else { continue }
            drop(retailer, .memory)
            bytes -= standing.bytes
        }
    }

    private func drop(_ retailer: RetailerID, _ reason: OfferDrop) {
        retailers.withLock { $0.removeValue(forKey: retailer) }?.drop()
        room.onNotice(retailer, .dropped(reason))
    }

    /// Questions since the start by who answered them.
    package var answers: (memory: Int, postgres: Int) {
        (answersByMemory.load(ordering: .relaxed), answersByPostgres.load(ordering: .relaxed))
    }

    /// For metrics.
    package var totals: OfferTotals {
        let standings = retailers.withLock { $0.values.map(\.standing) }.filter(\.isLoaded)
        let warm = standings.filter { $0.idleNanos <= room.bounds.warmSeconds * 1_000_000_000 }
        return OfferTotals(
            retailers: standings.count, bytes: standings.reduce(0) { $0 + $1.bytes },
            shoppers: standings.reduce(0) { $0 + $1.shoppers }, lagNanosMax: warm.map(\.lagNanos).max() ?? 0)
    }
}

/// All offers of a node together.
package struct OfferTotals: Sendable {
    package let retailers: Int
    package let bytes: Int
    package let shoppers: Int
    /// Of those that are asked for: how old what the oldest shows is.
    package let lagNanosMax: Int64
}
