import EventLog
import JSONText
import Kernel
import OutboundHTTP
import Postgres

/// What came of a try of a claimed delivery; nil where the try was given up and says nothing of the receiver.
struct FinishedTry: Sendable {
    let delivery: ClaimedDelivery
    let outcome: AttemptOutcome?
    let durations: OutboundDurations
    let remoteAddress: String?
    /// A message counts once for its endpoint's health, however many deliveries it held.
    let isFirstOfMessage: Bool

    init(_ delivery: ClaimedDelivery, _ outcome: OutboundOutcome?, isFirstOfMessage: Bool) {
        self.delivery = delivery
        self.outcome = outcome.flatMap(AttemptOutcome.init)
        durations = outcome?.durations ?? .none
        remoteAddress = outcome?.remoteAddress
        self.isFirstOfMessage = isFirstOfMessage
    }
}

/// Writes what came of some tries of one retailer, in one transaction: the attempts, when each delivery is tried again,
/// and the health of their endpoints. Whoever no longer holds its claim is fenced: nothing of it is written.
struct CompleteAttempts: Sendable {
    let retailer: RetailerID
    let tries: [FinishedTry]
    let clock: DeliveryClock
    let world: OutsideWorld

    struct Summary: Sendable {
        var fenced = 0
        var disabled: [Endpoint.DisabledReason] = []
    }

    func run(in tx: borrowing Transaction) throws -> Summary {
        var health = try tx.lockHealth(of: Array(Set(tries.map(\.delivery.endpoint))), at: retailer)
        let held = try tx.lockClaims(of: tries.map(\.delivery.id), at: retailer)
        let own = tries.filter { held[$0.delivery.id] == $0.delivery.claim }
        let now = try clock.now(tx)
        var verdicts: [Verdict] = []
        var disabled: [EndpointID: Endpoint.DisabledReason] = [:]
        for finished in own {
            guard let outcome = finished.outcome else {
                verdicts.append(Verdict(finished, outcome: nil, next: now))
                continue
            }
            let endpoint = finished.delivery.endpoint
            if finished.isFirstOfMessage, let reason = health[endpoint]?.record(outcome, at: now) {
                disabled[endpoint] = disabled[endpoint] ?? reason
            }
            let next = RetrySchedule.next(
                after: outcome, tries: Int(finished.delivery.tries) + 1, at: now, random: world.random())
            verdicts.append(Verdict(finished, outcome: outcome, next: next))
        }
        try tx.write(verdicts, at: retailer, now: now)
        try tx.write(health, at: retailer)
        let reasons = try disable(disabled, in: tx)
        return Summary(fenced: tries.count - own.count, disabled: reasons)
    }

    /// The event is the last thing of the transaction; the endpoint was enabled until just before it.
    private func disable(
        _ reasons: [EndpointID: Endpoint.DisabledReason], in tx: borrowing Transaction
    ) throws -> [Endpoint.DisabledReason] {
        let disabled = try reasons.keys.sorted().compactMap { id in
            try tx.disable(id, at: retailer, because: reasons[id] ?? .failing)
        }
        guard !disabled.isEmpty else { return [] }
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

/// A try with what follows from it: the time of the next one, or nil where the series is over.
private struct Verdict: Sendable {
    let finished: FinishedTry
    let columns: AttemptColumns
    let next: Instant?
    /// It says something of the receiver and is listed.
    let isTried: Bool
    let state: Delivery.State

    init(_ finished: FinishedTry, outcome: AttemptOutcome?, next: Instant?) {
        self.finished = finished
        self.next = next
        columns = AttemptColumns(outcome)
        isTried = outcome != nil
        state = next != nil ? .pending : outcome?.isSuccess == true ? .delivered : .failed
    }

    var id: DeliveryID { finished.delivery.id }
}

/// The columns that tell what came of a try. Taken apart once: the optimiser of Swift 6.3.1 dies of the same optional
/// chains inside the statement's interpolation.
private struct AttemptColumns: Sendable {
    var status: Int32?
    var failure: String?
    var message: String?
    var head: Bytes?

    init(_ outcome: AttemptOutcome?) {
        switch outcome?.result {
        case .answered(let status, _, let head):
            self.status = Int32(status)
            self.head = Bytes(head)
        case .failed(let kind, let message):
            failure = kind.rawValue
            self.message = message
        case nil: break
        }
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
    fileprivate func lockHealth(
        of endpoints: [EndpointID], at retailer: RetailerID
    ) throws -> [EndpointID: EndpointHealth] {
        let rows = try query(
            """
            SELECT endpoint_id, last_success_at, last_failure_at, failures_in_a_row, window_started_at, window_requests,
                window_failures, breaker_open_until, first_failure_at, failing_since
            FROM endpoint
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints))
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

    fileprivate func write(_ verdicts: [Verdict], at retailer: RetailerID, now: Instant) throws {
        guard !verdicts.isEmpty else { return }
        let tried = verdicts.filter(\.isTried)
        let again = verdicts.filter { $0.next != nil }
        try pipeline([
            attemptsInsert(tried, at: retailer),
            """
            UPDATE delivery
            SET state = fact.state, attempts = delivery.attempts + 1, last_status = fact.status,
                last_failure = fact.failure, finished_at = CASE WHEN fact.state <> 'pending' THEN \(now) END
            FROM unnest(
                \(tried.map(\.id)), \(tried.map(\.state)), \(tried.map(\.columns.status)), \(tried.map(\.columns.failure))
            ) AS fact (delivery_id, state, status, failure)
            WHERE delivery.retailer_id = \(retailer) AND delivery.delivery_id = fact.delivery_id
                AND delivery.delivery_id = ANY(\(tried.map(\.id)))
            """,
            """
            DELETE FROM delivery_queue
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(verdicts.filter { $0.next == nil }.map(\.id)))
            """,
            """
            UPDATE delivery_queue
            SET run_at = fact.run_at, tries = delivery_queue.tries + fact.tried, lease_until = NULL, claim_id = NULL
            FROM unnest(
                \(again.map(\.id)), \(again.map { $0.next ?? now }), \(again.map { Int32($0.isTried ? 1 : 0) })
            ) AS fact (delivery_id, run_at, tried)
            WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.delivery_id = fact.delivery_id
                AND delivery_queue.delivery_id = ANY(\(again.map(\.id)))
            """,
        ])
    }

    private func attemptsInsert(_ tried: [Verdict], at retailer: RetailerID) -> SQL {
        """
        INSERT INTO delivery_attempt (
            retailer_id, delivery_id, number, started_on, endpoint_id, supplier_id, started_at, dns_us, connect_us, tls_us,
            first_byte_us, total_us, remote_address, status, failure, message, answer_head
        )
        SELECT \(retailer), fact.delivery_id, fact.number, fact.started_on, fact.endpoint_id, fact.supplier_id,
            fact.started_at, fact.dns_us, fact.connect_us, fact.tls_us, fact.first_byte_us, fact.total_us,
            fact.remote_address, fact.status, fact.failure, fact.message, fact.answer_head
        FROM unnest(
            \(tried.map(\.id)), \(tried.map { $0.finished.delivery.attempts + 1 }),
            \(tried.map { $0.finished.delivery.claimedAt.utcDay }), \(tried.map { $0.finished.delivery.endpoint }),
            \(tried.map { $0.finished.delivery.supplier }), \(tried.map { $0.finished.delivery.claimedAt }),
            \(tried.map { $0.finished.durations.dnsMicros }), \(tried.map { $0.finished.durations.connectMicros }),
            \(tried.map { $0.finished.durations.tlsMicros }), \(tried.map { $0.finished.durations.firstByteMicros }),
            \(tried.map { $0.finished.durations.totalMicros }), \(tried.map { $0.finished.remoteAddress }),
            \(tried.map(\.columns.status)), \(tried.map(\.columns.failure)),
            \(tried.map(\.columns.message)), \(tried.map(\.columns.head))
        ) AS fact (
            delivery_id, number, started_on, endpoint_id, supplier_id, started_at, dns_us, connect_us, tls_us,
            first_byte_us, total_us, remote_address, status, failure, message, answer_head
        )
        """
    }

    fileprivate func write(_ health: [EndpointID: EndpointHealth], at retailer: RetailerID) throws {
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
