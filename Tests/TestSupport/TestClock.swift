import App
package import Kernel
import Synchronization

/// A clock that a test sets. It starts at a fixed time and moves only when told.
package final class TestClock: Sendable {
    private let current: Mutex<Instant>

    /// Monday, 2026-03-02, noon in UTC.
    package init(_ start: Instant = Instant("2026-03-02T12:00:00Z")!) { current = Mutex(start) }

    package var now: Instant { current.withLock { $0 } }

    package func advance(seconds: Int64) { current.withLock { $0 = $0.adding(seconds: seconds) } }

    package func set(_ instant: Instant) { current.withLock { $0 = instant } }

    /// This clock with real randomness.
    package var world: OutsideWorld { OutsideWorld(now: { self.now }, random: OutsideWorld.real.random) }
}
