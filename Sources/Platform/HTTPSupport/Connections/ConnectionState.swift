package import NIOCore

/// Where a connection stands between requests, heads, bodies and answers, and when its patience ends. Time is passed in.
///
/// Only the client's slowness counts: not while we are at work, and not while we do not ask for more of a body.
package struct ConnectionState: Sendable {
    private enum Inbound {
        case between(since: NIODeadline)
        case head(since: NIODeadline)
        case body(since: NIODeadline, heard: NIODeadline)
    }

    private let limits: Limits
    private var inbound: Inbound
    /// Requests whose head has come and whose answer has not been written.
    private var owed = 0
    /// When the last answer was written while its request was still coming.
    private var drainSince: NIODeadline?
    /// We asked the socket for more.
    private var isAsking = false
    /// Bytes written to the channel, those of them that the socket took, and when it last took a good part.
    private var written = 0
    private var taken = 0
    private var takenAt: NIODeadline

    /// Less than this within the patience is no progress.
    private static let progressBytesMin = 1024

    package init(_ limits: Limits, at now: NIODeadline) {
        self.limits = limits
        inbound = .between(since: now)
        takenAt = now
    }

    /// No answer is on its way, so that a word about the connection itself may be written.
    package var owesNothing: Bool { owed == 0 }

    package mutating func asked(at now: NIODeadline) {
        guard !isAsking else { return }
        isAsking = true
        if case .body(let since, _) = inbound { inbound = .body(since: since, heard: now) }
    }

    package mutating func received(at now: NIODeadline) {
        switch inbound {
        case .between: inbound = .head(since: now)
        case .head: break
        case .body(let since, _): inbound = .body(since: since, heard: now)
        }
    }

    package mutating func receivedAll() { isAsking = false }

    package mutating func headEnded(at now: NIODeadline) {
        inbound = .body(since: now, heard: now)
        owed += 1
    }

    package mutating func requestEnded(at now: NIODeadline) {
        inbound = .between(since: now)
        drainSince = nil
    }

    package mutating func answerEnded(at now: NIODeadline) {
        owed -= 1
        guard owed == 0 else { return }
        switch inbound {
        case .between: inbound = .between(since: now)
        case .head: inbound = .head(since: now)
        case .body: drainSince = now
        }
    }

    package mutating func wrote(_ bytes: Int) { written += bytes }

    /// The next moment to look, and the reason to cut now where there is one. `buffered` of what was written the socket
    /// has not taken.
    package mutating func look(at now: NIODeadline, buffered: Int) -> (next: NIODeadline, cut: ConnectionTable.Reason?) {
        var deadlines: [(NIODeadline, ConnectionTable.Reason)] = []
        if let client = clientDeadline { deadlines.append(client) }
        let sent = written - buffered
        if buffered == 0 || sent - taken >= Self.progressBytesMin {
            taken = sent
            takenAt = now
        }
        if buffered > 0 { deadlines.append((takenAt + .seconds(Int64(limits.writeSecondsMax)), .answerNotRead)) }
        guard let first = deadlines.min(by: { $0.0 < $1.0 }) else { return (now + .seconds(Int64(limits.writeSecondsMax)), nil) }
        return (first.0, first.0 <= now ? first.1 : nil)
    }

    /// When the client has been waited for long enough.
    private var clientDeadline: (NIODeadline, ConnectionTable.Reason)? {
        switch inbound {
        case .between(let since): owed == 0 ? (since + .seconds(Int64(limits.idleSecondsMax)), .idle) : nil
        case .head(let since): owed == 0 ? (since + .seconds(Int64(limits.headSecondsMax)), .headTooSlow) : nil
        case .body(let since, let heard): (bodyDeadline(since, heard), .bodyTooSlow)
        }
    }

    /// The pipeline answers 408 for a slow JSON body at `bodySecondsMax`; here is the end of those who go on regardless, and
    /// of streams.
    private func bodyDeadline(_ since: NIODeadline, _ heard: NIODeadline) -> NIODeadline {
        if let drainSince { return drainSince + .seconds(Int64(limits.drainSecondsMax)) }
        let whole = since + .seconds(Int64(limits.bulkSecondsMax))
        return isAsking ? min(whole, heard + .seconds(Int64(limits.bodySecondsMax + limits.drainSecondsMax))) : whole
    }
}
