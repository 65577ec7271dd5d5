import Glibc
import Postgres
import Synchronization

/// A receiver on 127.0.0.1 that does as little as a receiver can: one thread, `200 OK` to each request, and a count. It can
/// note when each message came.
final class BenchSink: Sendable {
    struct Arrival: Sendable {
        /// Of `webhook-id`.
        let hash: UInt64
        let at: ContinuousClock.Instant
    }

    let port: Int
    private let listener: Int32
    private let count = Atomic<Int>(0)
    private let isNoting = Atomic<Bool>(false)
    private let arrivals = Mutex<[Arrival]>([])
    private let first = Mutex<[UInt8]>([])
    /// Reads each request before it is answered, on the sink's thread.
    private let tally: PushTally?

    init(tally: PushTally? = nil) throws {
        self.tally = tally
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
            }
        }
        guard isBound, listen(listener, 1024) == 0 else { throw BenchFault.noPort }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.start { [self] in serve() }
    }

    /// Requests that were answered since the start.
    var answered: Int { count.load(ordering: .relaxed) }

    /// The bytes of the first request, head and body.
    var sample: [UInt8] { first.withLock(\.self) }

    /// Notes arrivals from now on; what was noted before is forgotten.
    func note(_ isOn: Bool) {
        arrivals.withLock { $0 = [] }
        isNoting.store(isOn, ordering: .relaxed)
    }

    var noted: [Arrival] { arrivals.withLock(\.self) }

    static func hash(_ id: some Sequence<UInt8>) -> UInt64 {
        id.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func serve() {
        var polls = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var connections: [SinkConnection?] = [nil]
        while true {
            let ready = unsafe poll(&polls, nfds_t(polls.count), -1)
            guard ready >= 0 || errno == EINTR else { return }
            for index in polls.indices.reversed() where polls[index].revents != 0 {
                if let connection = connections[index] {
                    guard unsafe !connection.read(handle) else { continue }
                    connection.close()
                    polls.remove(at: index)
                    connections.remove(at: index)
                } else {
                    accept(&polls, &connections)
                }
            }
        }
    }

    private func accept(_ polls: inout [pollfd], _ connections: inout [SinkConnection?]) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            var on: Int32 = 1
            unsafe _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            connections.append(SinkConnection(descriptor))
            polls.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
    }

    private func handle(_ request: UnsafePointer<CChar>) {
        if let tally { unsafe tally.read(request) }
        if count.add(1, ordering: .relaxed).oldValue == 0 { first.withLock { $0 = unsafe Array(String(cString: request).utf8) } }
        guard isNoting.load(ordering: .relaxed), let id = unsafe SinkConnection.value(of: "webhook-id: ", in: request) else {
            return
        }
        let arrival = Arrival(hash: Self.hash(id.utf8), at: .now)
        arrivals.withLock { $0.append(arrival) }
    }
}

enum BenchFault: Error, CustomStringConvertible {
    case noPort, noSample, nothingArrives, wrongBooks

    var description: String {
        switch self {
        case .noPort: "there is no port to listen on"
        case .noSample: "the sink was sent nothing"
        case .wrongBooks: "verify found something wrong in the books"
        case .nothingArrives: "nothing arrives at the sink any more, and not everything has"
        }
    }
}
