import EventLog
import Kernel
import Postgres

/// An endpoint that has something due, locked.
struct DueEndpoint: Sendable {
    let id: EndpointID
    let supplier: SupplierID?
    let url: String
    let bucket: TokenBucket
    let batchMax: Int
    let health: EndpointHealth
    /// Its last request failed: it takes places of that kind.
    let isFailing: Bool
}

/// A row of the queue that was just claimed.
struct ClaimedRow: Sendable {
    let delivery: DeliveryID
    let endpoint: EndpointID
    let tries: Int32
}

/// What a claim needs of a delivery beside its row in the queue.
struct DeliveryFacts: Sendable {
    let attempts: Int32
    let createdAt: Instant
    let position: Int64
    let loggedOn: BusinessDay
}

/// The statements of a claim. Each reads one table by keys that it is given, and none joins two large ones: PostgreSQL believes
/// that a retailer which its statistics have not seen has no rows, and then reads all of them again for each row of the other
/// table (measured: 192 times 30 000 events, until the statement's time was up). What is asked of each endpoint is a
/// subquery with a LIMIT in the order of its index, which cannot become a join.
extension Transaction {
    /// Requests under way by endpoint, in deliveries. Served by delivery_queue_leased.
    func leased(at retailer: RetailerID, now: Instant) throws -> [EndpointID: Int] {
        let counts = try query(
            """
            SELECT endpoint_id, count(*)
            FROM delivery_queue
            WHERE retailer_id = \(retailer) AND lease_until > \(now)
            GROUP BY endpoint_id
            """
        ) { row in (try row.next(EndpointID.self), try row.next(Int.self)) }
        return Dictionary(counts) { first, _ in first }
    }

    /// Served by delivery_queue_due. Endpoints that could be sent nothing now, for want of a token or a slot, take no place in the
    /// page of those that are looked at; `running` is of a time before the lock: it leaves out, and decides nothing. What lies further
    /// ahead than it ever can is of before the clock was set back, and holds nobody up.
    func lockDueEndpoints(
        of retailer: RetailerID, failing: Bool, running: [EndpointID: Int], now: Instant
    ) throws -> [DueEndpoint] {
        let running = running.sorted { $0.key < $1.key }
        return try query(
            """
            SELECT endpoint_id, supplier_id, url, rate_per_second, rate_free_at, batch_max, last_success_at, last_failure_at,
                failures_in_a_row, window_started_at, window_requests, window_failures, breaker_open_until, first_failure_at,
                failing_since
            FROM endpoint
            WHERE retailer_id = \(retailer) AND state = 'enabled' AND (failures_in_a_row > 0) = \(failing)
                AND NOT EXISTS (
                    SELECT FROM unnest(\(running.map(\.key)), \(running.map { Int64($0.value) })) AS running (endpoint_id, count)
                    WHERE running.endpoint_id = endpoint.endpoint_id
                        AND running.count >= batch_max * \(DeliveryLimits.inFlightPerEndpointMax)
                )
                AND (breaker_open_until IS NULL OR breaker_open_until <= \(now)
                    OR breaker_open_until > \(now.adding(seconds: EndpointHealth.breakerOpenSeconds)))
                AND (rate_free_at IS NULL
                    OR rate_free_at <= \(now)::timestamptz + interval '1 second' * (1 - 1.0 / rate_per_second)
                    OR rate_free_at > \(now.adding(seconds: TokenBucket.debtSecondsMax)))
                AND (
                    SELECT run_at
                    FROM delivery_queue
                    WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.endpoint_id = endpoint.endpoint_id
                    ORDER BY run_at
                    LIMIT 1
                ) <= \(now)
            ORDER BY claimed_at NULLS FIRST, endpoint_id
            LIMIT \(DeliveryLimits.claimEndpointsMax)
            FOR NO KEY UPDATE SKIP LOCKED
            """
        ) { row in
            DueEndpoint(
                id: try row.next(), supplier: try row.nextOptional(), url: try row.next(),
                bucket: TokenBucket(ratePerSecond: try row.next(), freeAt: try row.nextOptional()),
                batchMax: Int(try row.next(Int32.self)), health: try EndpointHealth(row: &row), isFailing: failing)
        }
    }

    /// The due rows of each share, locked, the oldest first. Served by delivery_queue_due.
    func lockDueRows(
        of shares: [(endpoint: EndpointID, limit: Int32)], at retailer: RetailerID, now: Instant
    ) throws -> [DeliveryID] {
        try query(
            """
            SELECT due.delivery_id
            FROM unnest(\(shares.map(\.endpoint)), \(shares.map(\.limit))) AS share (endpoint_id, places)
            CROSS JOIN LATERAL (
                SELECT delivery_id
                FROM delivery_queue
                WHERE retailer_id = \(retailer) AND endpoint_id = share.endpoint_id AND run_at <= \(now)
                ORDER BY run_at
                LIMIT share.places
                FOR UPDATE SKIP LOCKED
            ) AS due
            """
        ) { row in try row.next() }
    }

    func claim(
        _ deliveries: [DeliveryID], at retailer: RetailerID, as claim: Identifier, until lease: Instant
    ) throws -> [ClaimedRow] {
        try query(
            """
            UPDATE delivery_queue SET run_at = \(lease), lease_until = \(lease), claim_id = \(claim)
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(deliveries))
            RETURNING delivery_id, endpoint_id, tries
            """
        ) { row in ClaimedRow(delivery: try row.next(), endpoint: try row.next(), tries: try row.next()) }
    }

    func facts(of deliveries: [DeliveryID], at retailer: RetailerID) throws -> [DeliveryID: DeliveryFacts] {
        let rows = try query(
            """
            SELECT delivery_id, attempts, created_at, position, logged_on
            FROM delivery
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(deliveries))
            """
        ) { row in
            (
                try row.next(DeliveryID.self),
                DeliveryFacts(
                    attempts: try row.next(), createdAt: try row.next(), position: try row.next(), loggedOn: try row.next())
            )
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// By position. The bounds keep a plan that looks at the retailer's events alone to those between them.
    func events(at positions: [Int64], on days: [BusinessDay], of retailer: RetailerID) throws -> [Int64: LoggedEvent] {
        guard let first = positions.min(), let last = positions.max() else { return [:] }
        let events = try query(
            """
            SELECT position, event_id, type, subject_kind, subject_id, supplier_ids, occurred_at, data
            FROM event
            WHERE retailer_id = \(retailer) AND logged_on = ANY(\(days)) AND position >= \(first) AND position <= \(last)
                AND position = ANY(\(positions))
            """
        ) { row in try LoggedEvent(row: &row) }
        return Dictionary(events.map { ($0.position, $0) }) { first, _ in first }
    }

    func recordClaim(
        of claims: [(endpoint: EndpointID, bucket: TokenBucket)], at retailer: RetailerID, now: Instant
    ) throws {
        try execute(
            """
            UPDATE endpoint SET rate_free_at = fact.rate_free_at, claimed_at = \(now)
            FROM unnest(\(claims.map(\.endpoint)), \(claims.map(\.bucket.freeAt))) AS fact (endpoint_id, rate_free_at)
            WHERE endpoint.retailer_id = \(retailer) AND endpoint.endpoint_id = fact.endpoint_id
                AND endpoint.endpoint_id = ANY(\(claims.map(\.endpoint)))
            """)
    }
}

extension EndpointHealth {
    init(row: inout Row) throws {
        self.init()
        lastSuccessAt = try row.nextOptional()
        lastFailureAt = try row.nextOptional()
        failuresInARow = try row.next()
        windowStartedAt = try row.nextOptional()
        windowRequests = try row.next()
        windowFailures = try row.next()
        breakerOpenUntil = try row.nextOptional()
        firstFailureAt = try row.nextOptional()
        failingSince = try row.nextOptional()
    }
}
