/// What became of a batch of things that a retailer loads. Every item is counted once: created, changed, unchanged,
/// superseded by a later one with the same key, or refused.
package struct BatchOutcome: Sendable, Hashable {
    package var created = 0
    package var changed = 0
    package var unchanged = 0
    package var superseded = 0
    package var refused: [RefusedItem] = []
    /// Things that were made, named by their id, because an item names them and nobody had loaded them before.
    package var stubs = 0

    package init(
        created: Int = 0, changed: Int = 0, unchanged: Int = 0, superseded: Int = 0, refused: [RefusedItem] = [],
        stubs: Int = 0
    ) {
        self.created = created
        self.changed = changed
        self.unchanged = unchanged
        self.superseded = superseded
        self.refused = refused
        self.stubs = stubs
    }

    /// For a batch of one that came as a request of its own: its refusal is the request's.
    package func throwIfRefused() throws {
        guard refused.isEmpty else { throw Problem.invalid(refused.map(\.problem)) }
    }
}

/// An item of a batch that was left out, and why. One bad item never fails its batch.
package struct RefusedItem: Sendable, Hashable {
    /// Where it stood in the batch.
    package let index: Int
    package let problem: FieldProblem

    package init(index: Int, problem: FieldProblem) {
        self.index = index
        self.problem = problem
    }
}

/// A batch on its way in: bad items are taken out with their reason, then only the last of several with one key is kept.
package struct Batch<Item> {
    /// The most items of one batch, which is one transaction.
    package static var itemsMax: Int { 10_000 }

    package private(set) var outcome = BatchOutcome()
    private var candidates: [(index: Int, item: Item)]

    package init(_ items: [Item]) {
        precondition(items.count <= Self.itemsMax, "a batch has a bound")
        candidates = items.enumerated().map { (index: $0, item: $1) }
    }

    package var items: [Item] { candidates.map(\.item) }

    package mutating func refuse(_ reason: (Item) -> FieldProblem?) {
        candidates.removeAll { candidate in
            guard let problem = reason(candidate.item) else { return false }
            outcome.refused.append(RefusedItem(index: candidate.index, problem: problem))
            return true
        }
    }

    /// Sorted by key, so that racing batches take their locks in one order.
    package mutating func keepLast<Key: Hashable & Comparable>(by key: (Item) -> Key) {
        var last: [Key: (index: Int, item: Item)] = [:]
        for candidate in candidates where last.updateValue(candidate, forKey: key(candidate.item)) != nil {
            outcome.superseded += 1
        }
        candidates = last.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Of the items that were kept, so many were created and changed; the rest stood already as it was given.
    package func finished(created: Int, changed: Int, stubs: Int = 0) -> BatchOutcome {
        var finished = outcome
        finished.created = created
        finished.changed = changed
        finished.unchanged = candidates.count - created - changed
        finished.stubs = stubs
        finished.refused.sort { $0.index < $1.index }
        return finished
    }

    /// As `finished`, from a mark for each row that was written: true where it is new.
    package func finished(written: [Bool], stubs: Int = 0) -> BatchOutcome {
        let created = written.count { $0 }
        return finished(created: created, changed: written.count - created, stubs: stubs)
    }
}
