/// What came of one POST, for the attempt log.
package struct OutboundOutcome: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        /// The receiver answered, with whatever status.
        case answered(OutboundAnswer)
        case failed(OutboundFailure)
        /// Nothing is known of the receiver: it is no failure of it. The request may or may not have been sent.
        case abandoned(Abandonment)
    }

    /// Why the client itself gave up.
    package enum Abandonment: String, Hashable, Sendable {
        case closed, cancelled
        /// `OutboundLimits.waitingMax` requests are waiting already.
        case queueFull = "queue_full"
    }

    package let result: Result
    package let durations: OutboundDurations
    /// The address that was spoken to, as text; nil where there was no connection.
    package let remoteAddress: String?

    /// The same with nothing of what the receiver said.
    package var withoutHead: OutboundOutcome {
        guard case .answered(let answer) = result else { return self }
        let silent = OutboundAnswer(status: answer.status, retryAfter: answer.retryAfter, head: [])
        return OutboundOutcome(result: .answered(silent), durations: durations, remoteAddress: remoteAddress)
    }
}

package struct OutboundAnswer: Hashable, Sendable {
    /// 100 to 599.
    package let status: Int
    package static let retryAfterBytesMax = 128

    /// The header as it came, seconds or a date; cut at `retryAfterBytesMax`.
    package let retryAfter: String?
    /// The first `OutboundLimits.answerBytesKept` bytes of the body.
    package let head: [UInt8]
}

package struct OutboundFailure: Hashable, Sendable {
    /// The words of the attempt log.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case timeout, connection, dns, tls, http
        /// The address policy refused every address of the host; the message ends in what the last one's range is for.
        case blockedAddress = "blocked_address"
        /// The answer, headers included, passed `OutboundLimits.answerBytesMax`.
        case tooLarge = "too_large"
    }

    package let kind: Kind
    /// The same sentence for the same cause; it has nothing of the request in it.
    package let message: String
}

/// Where the time of an exchange went, each part by itself, in microseconds. A connection that was open before takes
/// no time for DNS, connecting and TLS.
package struct OutboundDurations: Hashable, Sendable {
    package var dnsMicros: Int64 = 0
    package var connectMicros: Int64 = 0
    package var tlsMicros: Int64 = 0
    /// From the connection being ready to the first byte of the answer.
    package var firstByteMicros: Int64 = 0
    /// From start to end; more than the sum of the others, since the answer must come in.
    package var totalMicros: Int64 = 0

    package static let none = OutboundDurations()
}
