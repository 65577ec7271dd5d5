import EventLog
import Kernel
import Postgres
import Sealing

/// A delivery that this worker holds until its lease ends, with all that a try needs.
struct ClaimedDelivery: Sendable {
    let retailer: RetailerID
    let id: DeliveryID
    let endpoint: EndpointID
    let supplier: SupplierID?
    let claim: Identifier
    let claimedAt: Instant
    /// Tries of this series so far, and attempts of all series.
    let tries: Int32
    let attempts: Int32
    let createdAt: Instant
    let url: String
    /// Events of one message to this endpoint at most.
    let batchMax: Int
    let event: LoggedEvent
    var keys = EndpointKeys()
}

/// Takes due deliveries of one retailer, a few of each endpoint: as many as its slots, its rate and its breaker allow.
/// Endpoints that another node is looking at are skipped.
struct ClaimDeliveries: Sendable {
    let retailer: RetailerID
    /// Endpoints whose last request failed, or the others: each kind has its own places.
    let failing: Bool
    let places: Int
    let box: SecretBox
    let clock: DeliveryClock
    let world: OutsideWorld

    func run(in tx: borrowing Transaction) throws -> [ClaimedDelivery] {
        let now = try clock.now(tx)
        let due = try tx.lockDueEndpoints(of: retailer, failing: failing, now: now)
        guard !due.isEmpty else { return [] }
        let running = try tx.leased(of: due.map(\.id), at: retailer, now: now)
        let shares = Self.shares(of: due, running: running, places: places, now: now)
        guard !shares.isEmpty else { return [] }
        let claim = Identifier(at: now, random: (world.random(), world.random()))
        let claimed = try tx.claim(shares, at: retailer, as: claim, now: now)
        try tx.recordClaim(of: Self.taken(by: claimed, from: due, now: now), at: retailer, now: now)
        return try withKeys(claimed, in: tx, now: now)
    }

    /// How many deliveries each endpoint may have, in the order in which they were served last. Slots, rate and places are of
    /// requests, which may hold several deliveries each.
    static func shares(
        of due: [DueEndpoint], running: [EndpointID: Int], places: Int, now: Instant
    ) -> [(endpoint: EndpointID, limit: Int32)] {
        var left = places
        var shares: [(EndpointID, Int32)] = []
        for endpoint in due where left > 0 {
            let underWay = OutgoingMessage.count(of: running[endpoint.id] ?? 0, batchMax: endpoint.batchMax)
            let slots = endpoint.health.slotsFree(running: underWay, at: now)
            let limit = min(slots, endpoint.bucket.tokens(at: now), left)
            guard limit > 0 else { continue }
            left -= limit
            shares.append((endpoint.id, Int32(limit * endpoint.batchMax)))
        }
        return shares
    }

    private static func taken(by claimed: [ClaimedDelivery], from due: [DueEndpoint], now: Instant) -> [DueEndpoint] {
        let counts = Dictionary(grouping: claimed, by: \.endpoint).mapValues(\.count)
        return due.compactMap { endpoint in
            guard let count = counts[endpoint.id] else { return nil }
            var endpoint = endpoint
            endpoint.bucket.take(OutgoingMessage.count(of: count, batchMax: endpoint.batchMax), at: now)
            return endpoint
        }
    }

    private func withKeys(
        _ claimed: [ClaimedDelivery], in tx: borrowing Transaction, now: Instant
    ) throws -> [ClaimedDelivery] {
        guard !claimed.isEmpty else { return [] }
        let keys = try tx.keys(of: Array(Set(claimed.map(\.endpoint))), at: retailer, now: now, box)
        return claimed.map { delivery in
            var delivery = delivery
            delivery.keys = keys[delivery.endpoint] ?? EndpointKeys()
            return delivery
        }
    }
}

/// An endpoint that has something due, locked.
struct DueEndpoint: Sendable {
    let id: EndpointID
    var bucket: TokenBucket
    let batchMax: Int
    let health: EndpointHealth
}

extension Transaction {
    /// Served by delivery_queue_due. Nothing is counted here: a count in the statement that locks would be of a time
    /// before the lock.
    fileprivate func lockDueEndpoints(of retailer: RetailerID, failing: Bool, now: Instant) throws -> [DueEndpoint] {
        try query(
            """
            SELECT endpoint_id, rate_per_second, rate_free_at, batch_max, last_success_at, last_failure_at, failures_in_a_row,
                window_started_at, window_requests, window_failures, breaker_open_until, first_failure_at, failing_since
            FROM endpoint
            WHERE retailer_id = \(retailer) AND state = 'enabled' AND (failures_in_a_row > 0) = \(failing)
                AND (breaker_open_until IS NULL OR breaker_open_until <= \(now))
                AND EXISTS (
                    SELECT FROM delivery_queue
                    WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.endpoint_id = endpoint.endpoint_id
                        AND delivery_queue.run_at <= \(now)
                )
            ORDER BY claimed_at NULLS FIRST, endpoint_id
            LIMIT \(DeliveryLimits.claimEndpointsMax)
            FOR NO KEY UPDATE SKIP LOCKED
            """
        ) { row in
            DueEndpoint(
                id: try row.next(), bucket: TokenBucket(ratePerSecond: try row.next(), freeAt: try row.nextOptional()),
                batchMax: Int(try row.next(Int32.self)), health: try EndpointHealth(row: &row))
        }
    }

    /// Served by delivery_queue_leased.
    fileprivate func leased(
        of endpoints: [EndpointID], at retailer: RetailerID, now: Instant
    ) throws -> [EndpointID: Int] {
        let counts = try query(
            """
            SELECT endpoint_id, count(*)
            FROM delivery_queue
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints)) AND lease_until > \(now)
            GROUP BY endpoint_id
            """
        ) { row in (try row.next(EndpointID.self), try row.next(Int.self)) }
        return Dictionary(counts) { first, _ in first }
    }

    fileprivate func claim(
        _ shares: [(endpoint: EndpointID, limit: Int32)], at retailer: RetailerID, as claim: Identifier, now: Instant
    ) throws -> [ClaimedDelivery] {
        let lease = now.adding(seconds: DeliveryLimits.leaseSeconds)
        return try query(
            """
            WITH chosen AS (
                SELECT due.delivery_id
                FROM unnest(\(shares.map(\.endpoint)), \(shares.map(\.limit))) AS share (endpoint_id, places)
                CROSS JOIN LATERAL (
                    SELECT delivery_id
                    FROM delivery_queue
                    WHERE retailer_id = \(retailer) AND endpoint_id = share.endpoint_id AND run_at <= \(now)
                    ORDER BY run_at, delivery_id
                    LIMIT share.places
                    FOR UPDATE SKIP LOCKED
                ) AS due
            )
            UPDATE delivery_queue SET run_at = \(lease), lease_until = \(lease), claim_id = \(claim)
            FROM chosen, delivery, event, endpoint
            WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.delivery_id = chosen.delivery_id
                AND delivery.retailer_id = \(retailer) AND delivery.delivery_id = chosen.delivery_id
                AND endpoint.retailer_id = \(retailer) AND endpoint.endpoint_id = delivery.endpoint_id
                AND event.retailer_id = \(retailer) AND event.position = delivery.position
                AND event.logged_on = delivery.logged_on
            RETURNING delivery.delivery_id, delivery.endpoint_id, delivery.supplier_id, delivery_queue.tries,
                delivery.attempts, delivery.created_at, endpoint.url, endpoint.batch_max, event.position, event.event_id, event.type,
                event.subject_kind, event.subject_id, event.supplier_ids, event.occurred_at, event.data
            """
        ) { row in
            ClaimedDelivery(
                retailer: retailer, id: try row.next(), endpoint: try row.next(), supplier: try row.nextOptional(),
                claim: claim, claimedAt: now, tries: try row.next(), attempts: try row.next(), createdAt: try row.next(),
                url: try row.next(), batchMax: Int(try row.next(Int32.self)), event: try LoggedEvent(row: &row))
        }
    }

    fileprivate func recordClaim(of endpoints: [DueEndpoint], at retailer: RetailerID, now: Instant) throws {
        try execute(
            """
            UPDATE endpoint SET rate_free_at = fact.rate_free_at, claimed_at = \(now)
            FROM unnest(\(endpoints.map(\.id)), \(endpoints.map(\.bucket.freeAt))) AS fact (endpoint_id, rate_free_at)
            WHERE endpoint.retailer_id = \(retailer) AND endpoint.endpoint_id = fact.endpoint_id
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
