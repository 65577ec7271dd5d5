import Synchronization

/// Lets in so many of each holder on this node at once, and counts who is in.
package final class Turnstile<Holder: Hashable & Sendable>: Sendable {
    /// A place of a holder, of whom at most `max` are in.
    package struct Wanted: Sendable {
        let holder: Holder
        let max: Int

        package init(_ holder: Holder, max: Int) {
            self.holder = holder
            self.max = max
        }
    }

    /// The first of the wanted places that is not free.
    package struct Full: Error {
        package let index: Int
    }

    /// Its places are free again when it goes.
    package final class Pass: Sendable {
        private let turnstile: Turnstile
        private let holders: [Holder]

        fileprivate init(_ turnstile: Turnstile, _ holders: [Holder]) {
            self.turnstile = turnstile
            self.holders = holders
        }

        deinit { turnstile.leave(holders) }
    }

    private let counts = Mutex<[Holder: Int]>([:])

    package init() {}

    /// All of the wanted places, or none.
    package func enter(_ wanted: [Wanted]) throws(Full) -> Pass {
        let full = counts.withLock { counts -> Int? in
            if let full = wanted.firstIndex(where: { counts[$0.holder, default: 0] >= $0.max }) { return full }
            for place in wanted { counts[place.holder, default: 0] += 1 }
            return nil
        }
        if let full { throw Full(index: full) }
        return Pass(self, wanted.map(\.holder))
    }

    private func leave(_ holders: [Holder]) {
        counts.withLock { counts in
            for holder in holders {
                let left = counts[holder, default: 1] - 1
                counts[holder] = left > 0 ? left : nil
            }
        }
    }
}
