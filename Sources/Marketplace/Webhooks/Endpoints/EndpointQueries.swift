import Kernel
import Postgres

/// Whose endpoints a request is about: a supplier's, or (nil) the retailer's own. Row-level security holds suppliers
/// apart as well; it does not keep the retailer from its suppliers' endpoints, these queries do.
typealias EndpointOwner = SupplierID?

/// In the order of `Endpoint.init(row:)`.
private let selectEndpoint: SQL = """
    SELECT endpoint_id, supplier_id, url, description, event_types, rate_per_second, batch_max, header_names,
        ARRAY(
            SELECT public_key
            FROM endpoint_seal
            WHERE endpoint_seal.retailer_id = endpoint.retailer_id AND endpoint_seal.endpoint_id = endpoint.endpoint_id
                AND kind = 'signing_key' AND (expires_at IS NULL OR expires_at > clock_timestamp())
            ORDER BY endpoint_seal.created_at DESC
        ),
        state, disabled_reason, revision, created_at, last_success_at, last_failure_at, failing_since
    FROM endpoint
    """

extension Transaction {
    func insert(_ endpoint: Endpoint, of retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO endpoint (
                retailer_id, endpoint_id, supplier_id, url, description, event_types, rate_per_second, batch_max, header_names,
                state, created_at, updated_at
            )
            VALUES (
                \(retailer), \(endpoint.id), \(endpoint.supplier), \(endpoint.url), \(endpoint.description),
                \(endpoint.eventTypes), \(endpoint.ratePerSecond), \(endpoint.batchMax), \(endpoint.headerNames),
                \(endpoint.state), \(endpoint.createdAt), \(endpoint.createdAt)
            )
            """)
    }

    func endpoints(of owner: EndpointOwner, at retailer: RetailerID, after id: EndpointID?, limit: Int) throws -> [Endpoint] {
        try query(
            """
            \(fragment: selectEndpoint)
            WHERE retailer_id = \(retailer) AND supplier_id IS NOT DISTINCT FROM \(owner) AND state <> 'deleted'
                AND (\(id)::uuid IS NULL OR endpoint_id > \(id))
            ORDER BY endpoint_id
            LIMIT \(limit)
            """
        ) { row in try Endpoint(row: &row) }
    }

    func endpoint(_ id: EndpointID, of owner: EndpointOwner, at retailer: RetailerID) throws -> Endpoint? {
        try first(
            """
            \(fragment: selectEndpoint)
            WHERE retailer_id = \(retailer) AND endpoint_id = \(id) AND supplier_id IS NOT DISTINCT FROM \(owner)
                AND state <> 'deleted'
            """
        ) { row in try Endpoint(row: &row) }
    }

    /// The endpoint, locked for a change; 404 where it is not this owner's. Locks are taken in the order endpoint, queue
    /// row, log head, here and in the worker.
    func lockEndpoint(_ id: EndpointID, of owner: EndpointOwner, at retailer: RetailerID) throws -> Endpoint {
        let endpoint = try first(
            """
            \(fragment: selectEndpoint)
            WHERE retailer_id = \(retailer) AND endpoint_id = \(id) AND supplier_id IS NOT DISTINCT FROM \(owner)
                AND state <> 'deleted'
            FOR NO KEY UPDATE
            """
        ) { row in try Endpoint(row: &row) }
        guard let endpoint else { throw Problem.notFound("endpoint") }
        return endpoint
    }

    func endpointCount(of owner: EndpointOwner, at retailer: RetailerID) throws -> Int {
        try one(
            """
            SELECT count(*)
            FROM endpoint
            WHERE retailer_id = \(retailer) AND supplier_id IS NOT DISTINCT FROM \(owner) AND state <> 'deleted'
            """
        ) { row in try row.next() }
    }

    /// Writes what a person may change, and forgets the health of the time before where the endpoint is enabled anew.
    func update(_ endpoint: Endpoint, at retailer: RetailerID, now: Instant) throws {
        try execute(
            """
            UPDATE endpoint
            SET url = \(endpoint.url), description = \(endpoint.description), event_types = \(endpoint.eventTypes),
                rate_per_second = \(endpoint.ratePerSecond), batch_max = \(endpoint.batchMax),
                header_names = \(endpoint.headerNames), state = \(endpoint.state),
                disabled_reason = \(endpoint.disabledReason), revision = \(endpoint.revision), updated_at = \(now)
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint.id)
            """)
    }

    func forgetHealth(of endpoint: EndpointID, at retailer: RetailerID) throws {
        try execute(
            """
            UPDATE endpoint
            SET failures_in_a_row = 0, window_started_at = NULL, window_requests = 0, window_failures = 0,
                breaker_open_until = NULL, first_failure_at = NULL, failing_since = NULL
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)
            """)
    }
}

extension Transaction {
    /// The newest position, held until the commit: no event is appended meanwhile, so that "before" and "after" a change
    /// of an endpoint are exact.
    func lockLogHead(of retailer: RetailerID) throws -> Int64 {
        try one("SELECT position FROM log_head WHERE retailer_id = \(retailer) FOR NO KEY UPDATE") { row in try row.next() }
    }

    /// Events after `position` are for the endpoint.
    func openPeriod(of endpoint: Endpoint, at retailer: RetailerID, after position: Int64) throws {
        try pipeline([
            """
            INSERT INTO endpoint_period (retailer_id, endpoint_id, supplier_id, after_position)
            VALUES (\(retailer), \(endpoint.id), \(endpoint.supplier), \(position))
            ON CONFLICT (retailer_id, endpoint_id, after_position) DO UPDATE SET until_position = NULL
            """,
            """
            INSERT INTO webhook_cursor (retailer_id, position)
            VALUES (\(retailer), \(position))
            ON CONFLICT (retailer_id) DO NOTHING
            """,
        ])
    }

    /// Events after `position` are not.
    func closePeriod(of endpoint: EndpointID, at retailer: RetailerID, until position: Int64) throws {
        try execute(
            """
            UPDATE endpoint_period SET until_position = \(position)
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND until_position IS NULL
            """)
    }
}

extension Endpoint {
    init(row: inout Row) throws {
        id = try row.next()
        supplier = try row.nextOptional()
        url = try row.next()
        description = try row.nextOptional()
        eventTypes = try row.next()
        ratePerSecond = try row.next()
        batchMax = try row.next()
        headerNames = try row.next()
        publicKeys = try row.next([Bytes].self).map { WebhookPublicKey(bytes: $0.array) }
        state = try row.next()
        disabledReason = try row.nextOptional()
        revision = try row.next()
        createdAt = try row.next()
        lastSuccessAt = try row.nextOptional()
        lastFailureAt = try row.nextOptional()
        failingSince = try row.nextOptional()
    }
}
