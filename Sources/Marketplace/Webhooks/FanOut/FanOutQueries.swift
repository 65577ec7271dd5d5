import EventLog
import Kernel
import Postgres

/// An endpoint and a stretch of the log that is for it.
struct Audience: Sendable {
    let endpoint: EndpointID
    let supplier: SupplierID?
    /// Empty: every type.
    let types: Set<String>
    let afterPosition: Int64
    /// Nil: it has no end yet.
    let untilPosition: Int64?

    func hears(_ event: EventReference, naming suppliers: [SupplierID]) -> Bool {
        event.position > afterPosition && untilPosition.map { event.position <= $0 } ?? true
            && event.type != TestEndpoint.eventType && (types.isEmpty || types.contains(event.type))
            && supplier.map { suppliers.contains($0) } ?? true
    }
}

extension Transaction {
    /// Takes no lock where there is nothing to do: an idle retailer costs no write.
    func lockCursorBehindHead(of retailer: RetailerID) throws -> (position: Int64, head: Int64)? {
        try first(
            """
            SELECT webhook_cursor.position, log_head.position
            FROM webhook_cursor
            JOIN log_head ON log_head.retailer_id = \(retailer)
            WHERE webhook_cursor.retailer_id = \(retailer) AND webhook_cursor.position < log_head.position
            FOR UPDATE OF webhook_cursor SKIP LOCKED
            """
        ) { row in (position: try row.next(), head: try row.next()) }
    }

    /// Events of a stretch with those whom they are for; events for nobody are left out. Matched here and not in SQL: pairs of
    /// events and endpoints were most of a step's time (measured: 150 ms of 200).
    func heardEvents(
        of retailer: RetailerID, after position: Int64, through last: Int64, by audiences: [Audience]
    ) throws -> [HeardEvent] {
        guard !audiences.isEmpty else { return [] }
        let byType = AudiencesByType(audiences)
        let events = try query(
            """
            SELECT position, logged_on, event_id, type, supplier_ids
            FROM event
            WHERE retailer_id = \(retailer) AND position > \(position) AND position <= \(last)
            ORDER BY position
            """
        ) { row in
            (
                event: EventReference(
                    position: try row.next(), loggedOn: try row.next(), id: try row.next(), type: try row.next()),
                suppliers: try row.nextOptional([SupplierID].self) ?? []
            )
        }
        return events.compactMap { event, suppliers in
            let own = byType[event.type].filter { $0.hears(event, naming: suppliers) }
            return own.isEmpty ? nil : HeardEvent(event: event, audiences: own)
        }
    }

    /// Whose stretches reach into these positions.
    func audiences(of retailer: RetailerID, after position: Int64, through last: Int64) throws -> [Audience] {
        try query(
            """
            SELECT endpoint.endpoint_id, endpoint.supplier_id, endpoint.event_types, endpoint_period.after_position,
                endpoint_period.until_position
            FROM endpoint_period
            JOIN endpoint ON endpoint.retailer_id = endpoint_period.retailer_id
                AND endpoint.endpoint_id = endpoint_period.endpoint_id
            WHERE endpoint_period.retailer_id = \(retailer) AND endpoint.state <> 'deleted'
                AND endpoint_period.after_position < \(last)
                AND (endpoint_period.until_position IS NULL OR endpoint_period.until_position > \(position))
            ORDER BY endpoint.endpoint_id, endpoint_period.after_position
            """
        ) { row in
            Audience(
                endpoint: try row.next(), supplier: try row.nextOptional(), types: Set(try row.next([String].self)),
                afterPosition: try row.next(), untilPosition: try row.nextOptional())
        }
    }

    /// Those of these endpoints that may be sent to straight from the log, locked. The order of the locks is everybody's: by id.
    /// - Parameter node: whose own spans do not count, since a node's spans share one line for an endpoint.
    func lockWays(
        to endpoints: [EndpointID], at retailer: RetailerID, but node: Identifier, now: Instant
    ) throws -> [EndpointID: DirectWay] {
        let rows = try query(
            """
            SELECT endpoint_id, supplier_id, url, rate_per_second, rate_free_at, batch_max,
                last_success_at IS NOT NULL AND first_failure_at IS NULL AND failing_since IS NULL
            FROM endpoint
            WHERE retailer_id = \(retailer) AND endpoint_id = ANY(\(endpoints)) AND state = 'enabled' AND failures_in_a_row = 0
                AND breaker_open_until IS NULL
                AND COALESCE(\(now) < (
                    SELECT run_at
                    FROM delivery_queue
                    WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.endpoint_id = endpoint.endpoint_id
                    ORDER BY run_at
                    LIMIT 1
                ), true)
            ORDER BY endpoint_id
            FOR NO KEY UPDATE
            """
        ) { row in
            (
                id: try row.next(EndpointID.self), supplier: try row.nextOptional(SupplierID.self),
                url: try row.next(String.self),
                bucket: TokenBucket(ratePerSecond: try row.next(), freeAt: try row.nextOptional()),
                batchMax: Int(try row.next(Int32.self)), isQuiet: try row.next(Bool.self)
            )
        }
        guard !rows.isEmpty else { return [:] }
        // Counted behind the locks, as in a claim.
        let leased = try leased(at: retailer, now: now)
        let others = try slotsOfSpans(at: retailer, now: now, but: node)
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let taken = OutgoingMessage.count(of: leased[row.id] ?? 0, batchMax: row.batchMax) + (others[row.id] ?? 0)
                let way = DirectWay(
                    supplier: row.supplier, url: row.url, bucket: row.bucket, batchMax: row.batchMax, isQuiet: row.isQuiet,
                    slotsFree: max(0, DeliveryLimits.inFlightPerEndpointMax - taken))
                return (row.id, way)
            })
    }

    func moveCursor(of retailer: RetailerID, to position: Int64) throws {
        try execute("UPDATE webhook_cursor SET position = \(position) WHERE retailer_id = \(retailer)")
    }

    /// The oldest span whose lease is over, or of before the clock was set back; locked. One that another node is at is skipped.
    func lockOverdueSpan(
        of retailer: RetailerID, now: Instant
    ) throws -> (span: Identifier, position: Int64, last: Int64)? {
        try first(
            """
            SELECT span_id, after_position, until_position
            FROM delivery_span
            WHERE retailer_id = \(retailer)
                AND (lease_until <= \(now) OR lease_until > \(now.adding(seconds: 2 * DeliveryLimits.leaseSeconds)))
            ORDER BY span_id
            LIMIT 1
            FOR UPDATE SKIP LOCKED
            """
        ) { row in (span: try row.next(), position: try row.next(), last: try row.next()) }
    }

    /// Retailers that ever had an endpoint.
    func retailersToDeliverFor() throws -> [RetailerID] {
        try query("SELECT retailer_id FROM webhook_cursor ORDER BY retailer_id") { row in try row.next() }
    }
}

/// Audiences by the type of event that they may hear: an event looks at those that could.
private struct AudiencesByType {
    private let ofAll: [Audience]
    private var ofType: [String: [Audience]] = [:]

    init(_ audiences: [Audience]) {
        ofAll = audiences.filter(\.types.isEmpty)
        for audience in audiences {
            for type in audience.types { ofType[type, default: []].append(audience) }
        }
    }

    subscript(type: String) -> [Audience] { ofAll + (ofType[type] ?? []) }
}
