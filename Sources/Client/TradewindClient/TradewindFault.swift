/// Why there is no answer.
public enum TradewindFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The service refused, or cannot now: an RFC 9457 problem. Act on `code`, never on the text.
    case refused(TradewindProblem)
    /// Nobody answered in time.
    case unreachable(String)
    /// What came is no answer of this service.
    case unreadable(String)

    public var description: String {
        switch self {
        case .refused(let problem): "\(problem.status) \(problem.code): \(problem.title)"
        case .unreachable(let why): "unreachable: \(why)"
        case .unreadable(let why): "unreadable: \(why)"
        }
    }

    /// Whether the same request may succeed later.
    public var passes: Bool {
        switch self {
        case .refused(let problem): problem.status == 429 || problem.status >= 500
        case .unreachable: true
        case .unreadable: false
        }
    }
}

/// What the service says of a request that it does not carry out.
public struct TradewindProblem: Sendable, Hashable {
    public let status: Int
    /// Stable; the catalogue is in docs/problems.md.
    public let code: String
    public let title: String
    /// The members of the body that are at fault, as RFC 6901 has it.
    public let pointers: [String]
    /// Seconds to wait, where the service says so.
    public let retryAfter: Double?
}
