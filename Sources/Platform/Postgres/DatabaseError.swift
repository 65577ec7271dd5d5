/// What can go wrong between us and PostgreSQL. Its description never holds a value of a row.
package enum DatabaseError: Error, Sendable {
    /// The server refused a statement.
    case server(ServerError)
    /// No connection could be opened, or it broke before COMMIT was sent and again on the second try.
    case unavailable(String)
    /// The connection broke after COMMIT was sent: the work may stand or not. Ask by its claim.
    case commitOutcomeUnknown
    /// All connections were busy for longer than `waitMillisMax`, or the queue of waiting work was full.
    case busy
    /// The database was closed while the work waited.
    case closed
    /// The program read a column as another type than it has.
    case decoding(String)
    /// `one` found no row or several.
    case rowCount(expected: Int, found: Int)
}

/// A refusal by the server: its code, the constraint's name where there is one, and the primary message.
package struct ServerError: Sendable {
    package let state: SQLState
    package let message: String
    package let constraint: String?
    package let table: String?

    package init(state: SQLState, message: String, constraint: String? = nil, table: String? = nil) {
        self.state = state
        self.message = message
        self.constraint = constraint
        self.table = table
    }
}

/// SQLSTATE: five characters (PostgreSQL documentation, appendix A).
package struct SQLState: Hashable, Sendable, CustomStringConvertible {
    package let code: String

    package init(_ code: String) { self.code = code }

    package static let serializationFailure = SQLState("40001")
    package static let deadlockDetected = SQLState("40P01")
    package static let queryCanceled = SQLState("57014")
    package static let lockNotAvailable = SQLState("55P03")
    package static let insufficientPrivilege = SQLState("42501")
    package static let adminShutdown = SQLState("57P01")
    package static let diskFull = SQLState("53100")
    package static let crashShutdown = SQLState("57P02")
    package static let cannotConnectNow = SQLState("57P03")
    package static let idleInTransactionTimeout = SQLState("25P03")

    /// The first two characters: `22` data, `23` integrity.
    package var errorClass: Substring { code.prefix(2) }

    /// The server ends the connection: it stops, or one of its processes was killed.
    var endsConnection: Bool {
        [.adminShutdown, .crashShutdown, .cannotConnectNow].contains(self) || errorClass == "08"
    }

    /// Running the whole transaction again may succeed.
    package var isTransient: Bool { self == .serializationFailure || self == .deadlockDetected }

    package var description: String { code }
}

extension DatabaseError {
    /// The name of the violated constraint, where that is what happened: it maps to a refusal of the operation.
    package var violatedConstraint: String? {
        guard case .server(let error) = self, error.state.errorClass == "23" else { return nil }
        return error.constraint
    }

    var isTransient: Bool {
        guard case .server(let error) = self else { return false }
        return error.state.isTransient
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .server(let error): "server \(error.state): \(error.message)"
        case .unavailable(let why): "unavailable: \(why)"
        case .commitOutcomeUnknown: "connection lost at commit"
        case .busy: "no connection within the wait"
        case .closed: "closed"
        case .decoding(let what): "decoding: \(what)"
        case .rowCount(let expected, let found): "expected \(expected) row, found \(found)"
        }
    }
}
