package import OutboundHTTP

/// What came of one try: a status, or the reason why there was none.
package struct AttemptOutcome: Sendable, Hashable {
    package let result: Result

    package enum Result: Sendable, Hashable {
        case answered(status: Int, retryAfter: String?, head: [UInt8])
        case failed(OutboundFailure.Kind, message: String)
    }

    package init(_ result: Result) { self.result = result }

    /// Nil where the client itself gave up, which says nothing of the receiver.
    package init?(_ outcome: OutboundOutcome) {
        switch outcome.result {
        case .answered(let answer):
            result = .answered(status: answer.status, retryAfter: answer.retryAfter, head: answer.head)
        case .failed(let failure): result = .failed(failure.kind, message: failure.message)
        case .abandoned: return nil
        }
    }

    /// 2xx alone: a redirect is a failure.
    package var isSuccess: Bool { status.map { (200...299).contains($0) } ?? false }

    package var status: Int? { if case .answered(let status, _, _) = result { status } else { nil } }

    package var retryAfter: String? { if case .answered(_, let retryAfter, _) = result { retryAfter } else { nil } }

    package var head: [UInt8]? { if case .answered(_, _, let head) = result { head } else { nil } }

    package var failure: OutboundFailure.Kind? { if case .failed(let kind, _) = result { kind } else { nil } }

    package var message: String? { if case .failed(_, let message) = result { message } else { nil } }

    /// For counting: `2xx`, `5xx`, `timeout`, ...
    package var label: String {
        if let status { return "\(status / 100)xx" }
        return failure?.rawValue ?? "none"
    }
}
