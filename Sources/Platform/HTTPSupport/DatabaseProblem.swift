import Kernel
import Postgres

extension Problem {
    /// What a caller reads of a fault between us and PostgreSQL: nothing of its inside.
    init(_ error: DatabaseError) {
        switch error {
        case .busy, .closed, .unavailable:
            self.init(503, "unavailable", "The service cannot answer right now.", retryAfterSeconds: 1)
        case .commitOutcomeUnknown:
            self.init(
                503, "outcome_unknown", "The service lost its database while committing.",
                detail: "Send the same request again with the same key: it takes effect once.", retryAfterSeconds: 1)
        case .server(let error) where [.queryCanceled, .lockNotAvailable, .idleInTransactionTimeout].contains(error.state):
            self.init(503, "timeout", "The request took too long.", retryAfterSeconds: 1)
        case .server(let error) where error.state.isTransient || error.state == .diskFull:
            self.init(503, "unavailable", "The service cannot answer right now.", retryAfterSeconds: 1)
        case .server, .decoding, .rowCount:
            self = .internalFault
        }
    }

    static let internalFault = Problem(500, "internal", "The service failed. It has been logged under the request id.")
}
