package import Kernel
import Synchronization

/// The clock of a demo. It stands where the story is and moves only when told, never beyond the real time; in the end it
/// runs with it.
package final class DemoClock: Sendable {
    private let real: OutsideWorld
    private let standsAt = Mutex<Instant?>(nil)

    package init(over real: OutsideWorld) { self.real = real }

    package var now: Instant { standsAt.withLock { $0 } ?? real.now() }

    package func set(_ instant: Instant) {
        let instant = min(instant, real.now())
        standsAt.withLock { $0 = instant }
    }

    package func run() { standsAt.withLock { $0 = nil } }

    /// This clock in the real world: keys and secrets of a demo are as good as any, and rates are of real time.
    package var world: OutsideWorld { real.by { self.now } }
}
