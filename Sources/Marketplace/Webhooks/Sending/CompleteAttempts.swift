import EventLog
import JSONText
import Kernel
import Postgres

/// Writes what came of some tries of one retailer, in one transaction: the attempts, when each delivery is tried again,
/// and the health of their endpoints. Whoever no longer holds its claim or its span is fenced: nothing of it is written.
struct CompleteAttempts: Sendable {
    let retailer: RetailerID
    let tries: [FinishedTry]
    /// Successes of endpoints that answer well, counted since their health was last written, those of `tries` included.
    let successes: [EndpointID: Int]
    /// What of these spans is still under way, with its slots. A span with nothing is over.
    let spans: [Identifier: [EndpointID: Int]]
    let clock: DeliveryClock
    let world: OutsideWorld
    /// The same was written before, and nobody knows whether that was committed.
    var mayStand = false

    struct Summary: Sendable {
        var fenced = 0
        var disabled: [Endpoint.DisabledReason] = []
    }

    func run(in tx: borrowing Transaction) throws -> Summary {
        let unwell = tries.filter { !$0.isQuietSuccess }.map(\.delivery.endpoint)
        var health = try tx.lockHealth(of: Set(unwell).union(successes.keys).sorted(), at: retailer)
        let own = try held(in: tx)
        // One transaction: where a try of it stands, all of it does.
        if mayStand, try stands(own, in: tx) { return Summary() }
        let now = try clock.now(tx)
        for (endpoint, count) in successes { health[endpoint]?.recordSuccesses(count, at: now) }
        var verdicts: [Verdict] = []
        var disabled: [EndpointID: Endpoint.DisabledReason] = [:]
        for finished in own {
            let endpoint = finished.delivery.endpoint
            let outcome = finished.outcome
            if let outcome, !finished.isQuietSuccess, finished.isFirstOfMessage,
                let reason = health[endpoint]?.record(outcome, at: now)
            {
                disabled[endpoint] = disabled[endpoint] ?? reason
            }
            // A delivery that has no row yet is not made for an endpoint that was deleted meanwhile.
            let isCancelled = finished.isDirect && !finished.isQuietSuccess && health[endpoint] == nil
            verdicts.append(verdict(finished, isCancelled: isCancelled, now))
        }
        try tx.write(verdicts.filter { !$0.finished.isDirect }, at: retailer, now: now)
        try tx.make(verdicts.filter(\.finished.isDirect), at: retailer, now: now)
        try tx.write(health, at: retailer)
        try tx.narrow(spans, at: retailer)
        let reasons = try disable(disabled, in: tx)
        return Summary(fenced: tries.count - own.count, disabled: reasons)
    }

    /// Whether tries were written before: a claim is gone with its outcome, and a delivery that came straight from the log is on file.
    private func stands(_ own: [FinishedTry], in tx: borrowing Transaction) throws -> Bool {
        guard !tries.isEmpty else { return false }
        let direct = tries.filter(\.isDirect).map(\.delivery.id)
        return try direct.isEmpty ? own.isEmpty : tx.areOnFile(direct, at: retailer)
    }

    /// The tries whose claims and spans still stand, locked in this order.
    private func held(in tx: borrowing Transaction) throws -> [FinishedTry] {
        let queued = tries.filter { !$0.isDirect }.map(\.delivery.id)
        let claims = queued.isEmpty ? [:] : try tx.lockClaims(of: queued, at: retailer)
        let named = Set(tries.compactMap(\.span))
        let spans = named.isEmpty ? [] : try tx.lockSpans(Array(named), at: retailer)
        return tries.filter { finished in
            switch finished.delivery.hold {
            case .queued(let claim): claims[finished.delivery.id] == claim
            case .direct(let span): spans.contains(span)
            }
        }
    }

    private func verdict(_ finished: FinishedTry, isCancelled: Bool, _ now: Instant) -> Verdict {
        guard let outcome = finished.outcome else {
            return Verdict(finished, outcome: nil, next: isCancelled ? nil : now, isCancelled: isCancelled)
        }
        let next = RetrySchedule.next(
            after: outcome, tries: Int(finished.delivery.tries) + 1, at: now, random: world.random())
        return Verdict(finished, outcome: outcome, next: isCancelled ? nil : next, isCancelled: isCancelled)
    }

    /// The event is the last thing of the transaction; the endpoint was enabled until just before it.
    private func disable(
        _ reasons: [EndpointID: Endpoint.DisabledReason], in tx: borrowing Transaction
    ) throws -> [Endpoint.DisabledReason] {
        let disabled = try reasons.keys.sorted().compactMap { id in
            try tx.disable(id, at: retailer, because: reasons[id] ?? .failing)
        }
        guard !disabled.isEmpty else { return [] }
        // A reader of the log may see the event as soon as it is committed: a crash must not take its position back.
        try tx.execute("SET LOCAL synchronous_commit = on")
        let events = disabled.map { endpoint in
            let suppliers = endpoint.supplier.map { [$0] } ?? []
            return Event("endpoint.disabled", about: EventSubject(endpoint.id), suppliers: suppliers) { json in
                json.field("endpoint_id", endpoint.id)
                json.field("reason", endpoint.reason.rawValue)
                json.field("failing_since", endpoint.failingSince)
            }
        }
        let last = try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: world.now())
        for endpoint in disabled {
            try tx.closePeriod(of: endpoint.id, at: retailer, until: (last ?? 0) - Int64(events.count))
        }
        return disabled.map(\.reason)
    }
}

/// An endpoint that was just disabled.
private struct DisabledEndpoint: Sendable {
    let id: EndpointID
    let supplier: SupplierID?
    let reason: Endpoint.DisabledReason
    let failingSince: Instant?
}

extension Transaction {
    /// Endpoints that were deleted have none.
    fileprivate func lockHealth(
        of endpoints: [EndpointID], at retailer: RetailerID
    ) throws -> [EndpointID: EndpointHealth] {
        guard !endpoints.isEmpty else { return [:] }
        let rows = try query(
            """
            SELECT endpoint_id, last_success_at, last_failure_at, failures_in_a_row, window_started_at, window_requests,
                window_failures, breaker_open_until, first_failure_at, failing_since
            FROM endpoint
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints)) AND state <> 'deleted'
            ORDER BY endpoint_id
            FOR NO KEY UPDATE
            """
        ) { row in (try row.next(EndpointID.self), try EndpointHealth(row: &row)) }
        return Dictionary(rows) { first, _ in first }
    }

    fileprivate func lockClaims(of deliveries: [DeliveryID], at retailer: RetailerID) throws -> [DeliveryID: Identifier] {
        let rows = try query(
            """
            SELECT delivery_id, claim_id
            FROM delivery_queue
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(deliveries)) AND claim_id IS NOT NULL
            ORDER BY delivery_id
            FOR UPDATE
            """
        ) { row in (try row.next(DeliveryID.self), try row.next(Identifier.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Whether one of these deliveries is there. Served by the primary key.
    fileprivate func areOnFile(_ deliveries: [DeliveryID], at retailer: RetailerID) throws -> Bool {
        try one(
            """
            SELECT EXISTS (SELECT FROM delivery WHERE retailer_id = \(retailer) AND delivery_id = ANY (\(deliveries)))
            """, { row in try row.next() })
    }

    fileprivate func write(_ health: [EndpointID: EndpointHealth], at retailer: RetailerID) throws {
        guard !health.isEmpty else { return }
        let rows = health.sorted { $0.key < $1.key }
        let values = rows.map(\.value)
        try execute(
            """
            UPDATE endpoint
            SET last_success_at = fact.last_success_at, last_failure_at = fact.last_failure_at,
                failures_in_a_row = fact.failures_in_a_row, window_started_at = fact.window_started_at,
                window_requests = fact.window_requests, window_failures = fact.window_failures,
                breaker_open_until = fact.breaker_open_until, first_failure_at = fact.first_failure_at,
                failing_since = fact.failing_since
            FROM unnest(
                \(rows.map(\.key)), \(values.map(\.lastSuccessAt)), \(values.map(\.lastFailureAt)),
                \(values.map(\.failuresInARow)), \(values.map(\.windowStartedAt)), \(values.map(\.windowRequests)),
                \(values.map(\.windowFailures)), \(values.map(\.breakerOpenUntil)), \(values.map(\.firstFailureAt)),
                \(values.map(\.failingSince))
            ) AS fact (
                endpoint_id, last_success_at, last_failure_at, failures_in_a_row, window_started_at, window_requests,
                window_failures, breaker_open_until, first_failure_at, failing_since
            )
            WHERE endpoint.retailer_id = \(retailer) AND endpoint.endpoint_id = fact.endpoint_id
            """)
    }

    /// Nil where it was no longer enabled.
    fileprivate func disable(
        _ endpoint: EndpointID, at retailer: RetailerID, because reason: Endpoint.DisabledReason
    ) throws -> DisabledEndpoint? {
        try first(
            """
            UPDATE endpoint SET state = 'disabled', disabled_reason = \(reason), revision = revision + 1
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND state = 'enabled'
            RETURNING endpoint_id, supplier_id, failing_since
            """
        ) { row in
            DisabledEndpoint(
                id: try row.next(), supplier: try row.nextOptional(), reason: reason, failingSince: try row.nextOptional())
        }
    }
}
