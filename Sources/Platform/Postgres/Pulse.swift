import Glibc
import Synchronization

/// Whether PostgreSQL gives signs of life, and the lines to it, so that they can be cut where it does not: a thread that
/// waits for a server which hangs is freed by that alone.
final class Pulse: Sendable {
    static let away = DatabaseError.unavailable("PostgreSQL gives no sign of life")

    /// A second descriptor of a connection's socket. libpq may close its own at any time, and the number then means
    /// something else; this one is ours until `detach`.
    struct Line: Hashable, Sendable {
        fileprivate let descriptor: Int32
    }

    private let signs = Atomic<Int>(0)
    private let isAwayNow = Atomic<Bool>(false)
    private let isClosedNow = Atomic<Bool>(false)
    private let lines = Mutex<Set<Line>>([])

    var isAway: Bool { isAwayNow.load(ordering: .acquiring) }

    var isClosed: Bool { isClosedNow.load(ordering: .acquiring) }

    /// Counts on with each answer.
    var signCount: Int { signs.load(ordering: .relaxed) }

    /// An answer came.
    func hear() { signs.add(1, ordering: .relaxed) }

    func declareAway() { isAwayNow.store(true, ordering: .releasing) }

    func declareBack() { isAwayNow.store(false, ordering: .releasing) }

    func close() {
        isClosedNow.store(true, ordering: .releasing)
    }

    func attach(_ socket: Int32) -> Line? {
        let descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        let line = Line(descriptor: descriptor)
        lines.withLock { _ = $0.insert(line) }
        return line
    }

    func detach(_ line: Line) {
        lines.withLock { lines in
            lines.remove(line)
            Glibc.close(line.descriptor)
        }
    }

    /// Ends all connections: whoever waits at one reads its end.
    func cut() {
        lines.withLock { lines in
            for line in lines { shutdown(line.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
