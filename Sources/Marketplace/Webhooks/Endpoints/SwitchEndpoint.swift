import EventLog
import Kernel
import Parties
import Postgres

/// An endpoint's owner pauses it, resumes it, or removes it for good. Events that are appended while it is not enabled are
/// not for it (`replay-missing` brings them); what was queued before waits.
struct SwitchEndpoint: Sendable {
    enum Change: Sendable { case pause, resume, delete }

    let target: EndpointTarget
    let change: Change

    @discardableResult
    func run(in tx: borrowing Transaction, by author: Author) throws -> Endpoint {
        let before = try tx.lock(target)
        let endpoint = try decide(before)
        try tx.update(endpoint, at: target.retailer, now: author.world.now())
        if change == .resume { try tx.forgetHealth(of: endpoint.id, at: target.retailer) }
        if change == .delete { try tx.drop(endpoint.id, at: target.retailer) }
        try tx.audit(author, action, about: EventSubject(endpoint.id), before: before, after: endpoint)
        let head = try tx.lockLogHead(of: target.retailer)
        if change == .resume {
            try tx.openPeriod(of: endpoint, at: target.retailer, after: head)
        } else {
            try tx.closePeriod(of: endpoint.id, at: target.retailer, until: head)
        }
        return endpoint
    }

    private func decide(_ before: Endpoint) throws -> Endpoint {
        var endpoint = before
        switch change {
        case .pause:
            guard before.state == .enabled else { throw EndpointRefusal.notEnabled }
            endpoint.state = .paused
        case .resume:
            guard before.state != .enabled else { throw EndpointRefusal.alreadyEnabled }
            endpoint.state = .enabled
        case .delete: endpoint.state = .deleted
        }
        endpoint.disabledReason = nil
        endpoint.revision += 1
        return endpoint
    }

    private var action: StaticString {
        switch change {
        case .pause: "endpoint.paused"
        case .resume: "endpoint.resumed"
        case .delete: "endpoint.deleted"
        }
    }
}

extension Transaction {
    /// Nothing more is sent to the endpoint, and its secrets, keys and headers are gone. A try that is under way finds no row to complete.
    fileprivate func drop(_ endpoint: EndpointID, at retailer: RetailerID) throws {
        try pipeline([
            "DELETE FROM delivery_queue WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)",
            """
            UPDATE delivery SET state = 'cancelled', finished_at = clock_timestamp()
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND state = 'pending'
            """,
            "DELETE FROM endpoint_secret WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)",
            "DELETE FROM endpoint_seal WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)",
        ])
    }
}
