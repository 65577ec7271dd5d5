import Glibc

/// Normal clients: so many requests a second in turn over a few kept connections, whatever the answers take. A request's
/// time counts from the moment at which it was due, so that one slow answer shows in all that had to wait for it.
struct SteadyTraffic {
    private struct Lane {
        var socket: RawSocket
        /// When its request was due; nil while it has none.
        var due: ContinuousClock.Instant?
        var answer: [UInt8] = []
    }

    enum Fault: Error, CustomStringConvertible {
        case cut
        case refused(String)

        var description: String {
            switch self {
            case .cut: "the node closed the connection of a normal client"
            case .refused(let answer): "a normal request was refused: \(answer)"
            }
        }
    }

    /// After so long connections to this machine stand.
    private static let connectMicros: UInt32 = 100_000

    private var lanes: [Lane] = []
    private var next: ContinuousClock.Instant
    private let interval: Duration
    private let request: (Int) -> [UInt8]
    private var count = 0

    /// `request` is the bytes of the request with that number.
    init(port: Int, lanes: Int, perSecond: Int, request: @escaping (Int) -> [UInt8]) throws {
        self.request = request
        interval = .seconds(1) / perSecond
        next = .now
        for _ in 0..<lanes {
            guard let socket = RawSocket(port: port) else { throw Fault.cut }
            self.lanes.append(Lane(socket: socket))
        }
        usleep(Self.connectMicros)
    }

    /// Goes on for so long, and calls `meanwhile` each 5 ms. The times of all answers, sorted.
    mutating func run(for duration: Duration, meanwhile: () -> Void) throws -> [Duration] {
        var times: [Duration] = []
        next = .now
        var tick = ContinuousClock.now
        let end = tick + duration
        while ContinuousClock.now < end {
            try sendWhatIsDue()
            try times += takeAnswers()
            if ContinuousClock.now >= tick {
                meanwhile()
                tick += .milliseconds(5)
            }
        }
        while lanes.contains(where: { $0.due != nil }) { try times += takeAnswers() }
        return times.sorted()
    }

    private mutating func sendWhatIsDue() throws {
        while ContinuousClock.now >= next, let free = lanes.firstIndex(where: { $0.due == nil }) {
            let bytes = request(count)
            guard lanes[free].socket.write(bytes[...]) == bytes.count else { throw Fault.cut }
            lanes[free].due = next
            next += interval
            count += 1
        }
    }

    private mutating func takeAnswers() throws -> [Duration] {
        var times: [Duration] = []
        for place in RawSocket.readable(lanes.map(\.socket.descriptor), waitMillisMax: 1) {
            guard let bytes = lanes[place].socket.read(bytesMax: 65_536) else { throw Fault.cut }
            lanes[place].answer += bytes
            guard let due = lanes[place].due, Self.isWhole(lanes[place].answer) else { continue }
            let text = String(decoding: lanes[place].answer, as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 2") else { throw Fault.refused(text) }
            times.append(.now - due)
            lanes[place].answer = []
            lanes[place].due = nil
        }
        return times
    }

    /// Head and as many bytes as it promises.
    private static func isWhole(_ answer: [UInt8]) -> Bool {
        let text = String(decoding: answer, as: UTF8.self)
        guard let head = text.firstRange(of: "\r\n\r\n") else { return false }
        let length = text[..<head.lowerBound].split(separator: "\r\n").compactMap { line in
            line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst("content-length: ".count)) : nil
        }
        return text[head.upperBound...].utf8.count >= (length.first ?? 0)
    }

    func close() { for lane in lanes { lane.socket.close() } }
}
