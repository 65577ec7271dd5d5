import App
package import Kernel
import Synchronization

/// A clock that a test sets. It starts at a fixed time and moves only when told.
package final class TestClock: Sendable {
    private let current: Mutex<(now: Instant, uptimeNanos: Int64)>
    private let lots: Mutex<SeededGenerator?>

    /// Monday, 2026-03-02, noon in UTC. With a seed, ids and whatever else is drawn in this world are the same in each run: two
    /// markets of one seed must not share a database.
    package init(_ start: Instant = Instant("2026-03-02T12:00:00Z")!, seed: UInt64? = nil) {
        current = Mutex((start, 0))
        lots = Mutex(seed.map { SeededGenerator(seed: $0) })
    }

    package var now: Instant { current.withLock { $0.now } }

    /// Time passes.
    package func advance(seconds: Int64) {
        current.withLock { $0 = ($0.now.adding(seconds: seconds), $0.uptimeNanos + seconds * 1_000_000_000) }
    }

    /// The clock is set: no time passes.
    package func set(_ instant: Instant) { current.withLock { $0.now = instant } }

    /// This clock, with real randomness unless it has a seed.
    package var world: OutsideWorld {
        OutsideWorld(
            now: { self.now }, uptimeNanos: { self.current.withLock { $0.uptimeNanos } },
            random: { self.lots.withLock { $0?.next() } ?? OutsideWorld.real.random() })
    }
}
