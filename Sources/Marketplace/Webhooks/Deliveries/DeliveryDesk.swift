import EventLog
package import JSONText
package import Kernel
package import Parties
package import Postgres
package import Tenancy

/// Deliveries as whoever operates the service sees them: one retailer's, its suppliers' included. What is sent again stands in
/// the audit, as the operator's doing.
package struct DeliveryDesk: Sendable {
    package static let listMax = 1_000

    private let database: Database

    package init(_ database: Database) { self.database = database }

    /// The newest first.
    package func list(
        at retailer: RetailerID, to endpoint: EndpointID?, in state: Delivery.State?, limit: Int
    ) async throws -> [Delivery] {
        try await database.read(as: .worker(retailer)) { tx in
            try tx.newestDeliveries(at: retailer, to: endpoint, in: state, limit: min(limit, Self.listMax))
        }
    }

    /// Nil where there is none at this retailer.
    package func inspect(_ id: DeliveryID, at retailer: RetailerID) async throws -> DeliveryCase? {
        try await database.read(as: .worker(retailer)) { tx in
            guard let found = try tx.endpointOfDelivery(id, at: retailer),
                let delivery = try tx.delivery(id, of: found.endpoint, at: retailer)
            else { return nil }
            return DeliveryCase(
                delivery: delivery, supplier: found.supplier, url: found.url,
                attempts: try tx.attempts(of: id, at: retailer, after: 0, limit: Self.listMax))
        }
    }

    /// One delivery again, whatever came of it. Throws a refusal where there is none, or its endpoint is not enabled. `author` is
    /// asked who does it, for the endpoint's owner: that is whose audit tells it.
    @discardableResult
    package func replay(
        _ id: DeliveryID, at retailer: RetailerID, by author: @Sendable (Scope) -> Author
    ) async throws -> Delivery {
        guard let found = try await read(retailer, { tx in try tx.endpointOfDelivery(id, at: retailer) }) else {
            throw Problem.notFound("delivery")
        }
        let (target, author) = (found.target(at: retailer), author(found.scope(at: retailer)))
        return try await database.transaction(as: author.scope) { tx in
            try ResendDelivery(target: target, delivery: id).run(in: tx, by: author)
        }
    }

    /// All of an endpoint that failed and was made in a span, or with `missing` what was never for it; a page at a time until
    /// there is no more. Returns how many were queued.
    package func replay(
        to endpoint: EndpointID, since: Instant, until: Instant, missing: Bool, at retailer: RetailerID,
        by author: @Sendable (Scope) -> Author
    ) async throws -> Int {
        guard let found = try await read(retailer, { tx in try tx.place(of: endpoint, at: retailer) }) else {
            throw Problem.notFound("endpoint")
        }
        let (target, author) = (found.target(at: retailer), author(found.scope(at: retailer)))
        let span = RecoverySpan(since: since, until: until, limit: DeliveryLimits.recoveryPageMax)
        var total = 0
        while true {
            let page = try await database.transaction(as: author.scope) { tx in
                missing
                    ? try ReplayMissing(target: target, span: span).run(in: tx, by: author)
                    : try RecoverDeliveries(target: target, span: span).run(in: tx, by: author)
            }
            total += page.queued
            guard page.more else { return total }
        }
    }

    private func read<Value: Sendable>(
        _ retailer: RetailerID, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await database.read(as: .worker(retailer), body)
    }
}

/// A delivery with its endpoint and each of its tries.
package struct DeliveryCase: Sendable, JSONWritable {
    package let delivery: Delivery
    /// Nil: the retailer's own endpoint.
    package let supplier: SupplierID?
    package let url: String
    let attempts: [LoggedAttempt]

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("delivery", delivery)
            json.field("supplier_id", supplier)
            json.field("url", url)
            json.field("attempts", attempts)
        }
    }

    /// For a terminal: a line for each try.
    package var attemptLines: [String] {
        attempts.map { attempt in
            let outcome = attempt.status.map { "\($0)" } ?? attempt.failure ?? "none"
            let millis = "\(attempt.totalMicros / 1_000) ms"
            let from = attempt.remoteAddress.map { " from \($0)" } ?? ""
            return
                "  \(attempt.number)  \(attempt.startedAt)  \(outcome)  \(millis)\(from)\(attempt.message.map { "  \($0)" } ?? "")"
        }
    }
}

private struct DeliveryPlace: Sendable {
    let endpoint: EndpointID
    let supplier: SupplierID?
    let url: String

    func target(at retailer: RetailerID) -> EndpointTarget {
        EndpointTarget(retailer: retailer, owner: supplier, endpoint: endpoint)
    }

    func scope(at retailer: RetailerID) -> Scope { supplier.map { .supplier($0, at: retailer) } ?? .retailer(retailer) }
}

extension Transaction {
    fileprivate func newestDeliveries(
        at retailer: RetailerID, to endpoint: EndpointID?, in state: Delivery.State?, limit: Int
    ) throws -> [Delivery] {
        try query(
            """
            \(fragment: selectDelivery)
            WHERE delivery.retailer_id = \(retailer)
                AND (\(endpoint)::uuid IS NULL OR delivery.endpoint_id = \(endpoint))
                AND (\(state)::text IS NULL OR delivery.state = \(state))
            ORDER BY delivery.delivery_id DESC
            LIMIT \(limit)
            """
        ) { row in try Delivery(row: &row) }
    }

    fileprivate func endpointOfDelivery(_ id: DeliveryID, at retailer: RetailerID) throws -> DeliveryPlace? {
        try first(
            """
            SELECT endpoint.endpoint_id, endpoint.supplier_id, endpoint.url
            FROM delivery
            JOIN endpoint ON endpoint.retailer_id = delivery.retailer_id AND endpoint.endpoint_id = delivery.endpoint_id
            WHERE delivery.retailer_id = \(retailer) AND delivery.delivery_id = \(id)
            """
        ) { row in DeliveryPlace(endpoint: try row.next(), supplier: try row.nextOptional(), url: try row.next()) }
    }

    fileprivate func place(of id: EndpointID, at retailer: RetailerID) throws -> DeliveryPlace? {
        try first(
            """
            SELECT endpoint_id, supplier_id, url
            FROM endpoint
            WHERE retailer_id = \(retailer) AND endpoint_id = \(id) AND state <> 'deleted'
            """
        ) { row in DeliveryPlace(endpoint: try row.next(), supplier: try row.nextOptional(), url: try row.next()) }
    }
}
