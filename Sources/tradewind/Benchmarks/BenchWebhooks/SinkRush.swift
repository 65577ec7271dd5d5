import Glibc
import Postgres

/// How many requests a second the sink itself answers: the same bytes over kept connections, from one thread that does not read
/// what it is answered beyond counting it.
struct SinkRush: Sendable {
    let port: Int
    let request: [UInt8]
    let connections: Int
    let seconds: Double

    private static let answerBytes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8.count

    func run() async throws -> Double {
        try await withCheckedThrowingContinuation { continuation in
            Thread.start { continuation.resume(with: Result { try measure() }) }
        }
    }

    private func measure() throws -> Double {
        let sockets = (0..<connections).compactMap { _ in RawSocket(port: port) }
        defer { for socket in sockets { socket.close() } }
        guard sockets.count == connections else { throw BenchFault.noPort }
        let descriptors = sockets.map(\.descriptor)
        var bytes = 0
        var polls = descriptors.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
        unsafe _ = poll(&polls, nfds_t(polls.count), 1_000)
        for socket in sockets { _ = socket.write(request[...]) }
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(seconds) {
            for index in RawSocket.readable(descriptors, waitMillisMax: 100) {
                guard let answer = sockets[index].read(bytesMax: 1024) else { throw BenchFault.nothingArrives }
                bytes += answer.count
                _ = sockets[index].write(request[...])
            }
        }
        return Double(bytes / Self.answerBytes) / (start.duration(to: .now) / .seconds(1))
    }
}
