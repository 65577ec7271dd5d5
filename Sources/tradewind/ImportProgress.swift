import Glibc
import Receipts
import Synchronization

/// A line on the terminal that says how far an import is; nothing where stderr is none.
final class ImportProgress: Sendable {
    private let bytesTotal: Int
    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state = Mutex((bytes: 0, load: Import?.none))

    init(bytesTotal: Int) {
        self.bytesTotal = bytesTotal
        isShown = isatty(2) == 1
    }

    func read(_ bytes: Int) { state.withLock { $0.bytes += bytes } }

    func advanced(_ load: Import) {
        guard isShown else { return }
        let bytes = state.withLock { state in
            state.load = load
            return state.bytes
        }
        let seconds = max(0.001, Double((.now - start).components.seconds) + 0.001)
        let percent = bytesTotal > 0 ? min(100, bytes * 100 / bytesTotal) : 100
        let bar = String(repeating: "=", count: percent / 5) + String(repeating: " ", count: 20 - percent / 5)
        let rate = Int(Double(load.counts.linesRead) / seconds)
        write("\r[\(bar)] \(percent)%  \(load.counts.linesRead) lines  \(rate)/s  \(load.counts.rejected) rejected ")
    }

    func end() { if isShown { write("\n") } }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { buffer in _ = unsafe Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count) }
    }
}
