import Synchronization

/// A line on the terminal that says how far a load is.
package final class ProgressBar: Sendable {
    private let days: Int
    private let show: @Sendable (String) -> Void
    private let start = ContinuousClock.now
    private let state = Mutex((day: 0, receipts: Int64(0)))

    /// `show` gets the whole line each time.
    package init(days: Int, show: @escaping @Sendable (String) -> Void) {
        self.days = days
        self.show = show
    }

    func add(_ receipts: Int64) {
        state.withLock { $0.receipts += receipts }
        draw()
    }

    func finishDay() {
        state.withLock { $0.day += 1 }
        draw()
    }

    var receipts: Int64 { state.withLock { $0.receipts } }

    private func draw() {
        let (day, receipts) = state.withLock { $0 }
        let millis = max(1, (ContinuousClock.now - start) / .milliseconds(1))
        let filled = days == 0 ? 20 : min(20, day * 20 / days)
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: 20 - filled)
        show("[\(bar)] day \(day) of \(days)  \(receipts) receipts  \(Int64(Double(receipts) * 1000 / millis))/s")
    }
}
