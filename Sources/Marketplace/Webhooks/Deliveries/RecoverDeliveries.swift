import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres

/// Sends again what did not arrive: one delivery, whatever came of it, or all that failed in a time, a page at a call.
/// A new series of tries begins; the numbers of its attempts go on.
struct ResendDelivery: Sendable {
    let target: EndpointTarget
    let delivery: DeliveryID

    init(target: EndpointTarget, delivery: DeliveryID) {
        self.target = target
        self.delivery = delivery
    }

    init(_ call: Call) throws {
        target = try EndpointTarget(call)
        delivery = try call.id("delivery_id")
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Delivery {
        let endpoint = try tx.lock(target)
        guard endpoint.state == .enabled else { throw EndpointRefusal.notEnabled }
        guard try tx.delivery(delivery, of: endpoint.id, at: target.retailer) != nil else {
            throw Problem.notFound("delivery")
        }
        try tx.requeue([delivery], of: endpoint, at: target.retailer)
        try tx.audit(author, "delivery.resent", about: EventSubject(delivery))
        guard let again = try tx.delivery(delivery, of: endpoint.id, at: target.retailer) else {
            throw Problem.notFound("delivery")
        }
        return again
    }
}

/// A span of time, and how much of it is worked on in one call.
struct RecoverySpan: Sendable {
    let since: Instant
    let until: Instant
    let limit: Int

    init(since: Instant, until: Instant, limit: Int) {
        self.since = since
        self.until = until
        self.limit = limit
    }

    init(_ fields: Fields) {
        since = fields.instant("since")
        until = fields.instant("until")
        let max = Int64(DeliveryLimits.recoveryPageMax)
        limit = Int(fields.integerIfPresent("limit", in: 1...max) ?? max)
        if until < since { fields.refuse("until", "before_since", "Must not be before since.") }
    }
}

/// How many deliveries a call queued, and whether another call would find more.
struct Recovered: Sendable, JSONWritable {
    let queued: Int
    let more: Bool

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("queued", queued)
            json.field("more", more)
        }
    }
}

/// All deliveries that failed and were made in a span.
struct RecoverDeliveries: Sendable {
    let target: EndpointTarget
    let span: RecoverySpan

    func run(in tx: borrowing Transaction, by author: Author) throws -> Recovered {
        let endpoint = try tx.lock(target)
        guard endpoint.state == .enabled else { throw EndpointRefusal.notEnabled }
        let found = try tx.failedDeliveries(to: endpoint.id, at: target.retailer, in: span)
        let page = Array(found.prefix(span.limit))
        try tx.requeue(page, of: endpoint, at: target.retailer)
        try tx.audit(author, "endpoint.recovered", about: EventSubject(endpoint.id))
        return Recovered(queued: page.count, more: found.count > page.count)
    }
}

/// All events of a span that match the endpoint and were never for it: those of a pause, or of the time before it. Of events
/// whose deliveries are no longer kept, and of those that are under way, the endpoint's periods tell whether they were for it.
struct ReplayMissing: Sendable {
    let target: EndpointTarget
    let span: RecoverySpan

    func run(in tx: borrowing Transaction, by author: Author) throws -> Recovered {
        let endpoint = try tx.lock(target)
        guard endpoint.state == .enabled else { throw EndpointRefusal.notEnabled }
        let found = try tx.missingEvents(
            for: endpoint, at: target.retailer, in: span,
            keptSince: author.world.now().adding(seconds: -DeliveryLimits.deliveryDaysKept * 86_400))
        let page = found.prefix(span.limit).map { $0.pending(for: endpoint, author.world.newID()) }
        try tx.enqueue(page, at: target.retailer)
        try tx.audit(author, "endpoint.replayed", about: EventSubject(endpoint.id))
        return Recovered(queued: page.count, more: found.count > page.count)
    }
}

extension Transaction {
    /// Due at once, with a fresh series of tries. A try that is under way goes on as it is.
    fileprivate func requeue(_ deliveries: [DeliveryID], of endpoint: Endpoint, at retailer: RetailerID) throws {
        try pipeline([
            """
            INSERT INTO delivery_queue (retailer_id, delivery_id, endpoint_id, supplier_id, run_at)
            SELECT \(retailer), delivery_id, \(endpoint.id), \(endpoint.supplier), clock_timestamp()
            FROM unnest(\(deliveries)) AS delivery_id
            ON CONFLICT (retailer_id, delivery_id) DO UPDATE
                SET run_at = LEAST(delivery_queue.run_at, EXCLUDED.run_at), tries = 0
                WHERE delivery_queue.claim_id IS NULL
            """,
            """
            UPDATE delivery SET state = 'pending', finished_at = NULL
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(deliveries))
            """,
        ])
    }

    /// Served by delivery_failed. One more than the limit, so that the last page is known.
    fileprivate func failedDeliveries(
        to endpoint: EndpointID, at retailer: RetailerID, in span: RecoverySpan
    ) throws -> [DeliveryID] {
        try query(
            """
            SELECT delivery_id
            FROM delivery
            WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) AND state = 'failed'
                AND created_at >= \(span.since) AND created_at <= \(span.until)
            ORDER BY created_at, delivery_id
            LIMIT \(span.limit + 1)
            """
        ) { row in try row.next() }
    }

    fileprivate func missingEvents(
        for endpoint: Endpoint, at retailer: RetailerID, in span: RecoverySpan, keptSince: Instant
    ) throws -> [EventReference] {
        try query(
            """
            SELECT event.position, event.logged_on, event.event_id, event.type
            FROM event
            JOIN webhook_cursor AS cursor ON cursor.retailer_id = \(retailer)
            WHERE event.retailer_id = \(retailer)
                AND event.logged_on >= \(span.since.utcDay) AND event.logged_on <= \(span.until.utcDay)
                AND event.occurred_at >= \(span.since) AND event.occurred_at <= \(span.until)
                AND event.type <> \(TestEndpoint.eventType)
                AND (cardinality(\(endpoint.eventTypes)) = 0 OR event.type = ANY(\(endpoint.eventTypes)))
                AND (\(endpoint.supplier)::uuid IS NULL OR \(endpoint.supplier) = ANY(event.supplier_ids))
                AND NOT EXISTS (
                    SELECT FROM delivery
                    WHERE delivery.retailer_id = \(retailer) AND delivery.endpoint_id = \(endpoint.id)
                        AND delivery.position = event.position
                )
                AND NOT (
                    (event.occurred_at < \(keptSince) OR event.position > cursor.position OR EXISTS (
                        SELECT FROM delivery_span
                        WHERE delivery_span.retailer_id = \(retailer) AND delivery_span.after_position < event.position
                            AND event.position <= delivery_span.until_position
                    ))
                    AND EXISTS (
                        SELECT FROM endpoint_period
                        WHERE endpoint_period.retailer_id = \(retailer) AND endpoint_period.endpoint_id = \(endpoint.id)
                            AND endpoint_period.after_position < event.position
                            AND (endpoint_period.until_position IS NULL OR event.position <= endpoint_period.until_position)
                    )
                )
            ORDER BY event.position
            LIMIT \(span.limit + 1)
            """
        ) { row in
            EventReference(
                position: try row.next(), loggedOn: try row.next(), id: try row.next(), type: try row.next())
        }
    }
}

/// An event by its place in the log.
struct EventReference: Sendable {
    let position: Int64
    let loggedOn: BusinessDay
    let id: EventID
    let type: String

    func pending(for endpoint: Endpoint, _ delivery: DeliveryID) -> PendingDelivery {
        PendingDelivery(
            id: delivery, endpoint: endpoint.id, supplier: endpoint.supplier, position: position, loggedOn: loggedOn,
            event: id, eventType: type)
    }
}
