import App
import Kernel

/// The time for log lines.
enum OutsideWorldClock {
    static func now() -> Instant { OutsideWorld.real.now() }
}
