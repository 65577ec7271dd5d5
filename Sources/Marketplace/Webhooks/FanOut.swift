import EventLog
import Kernel
import Postgres

/// Follows one retailer's log in order and makes a delivery for each endpoint that an event is for. The position moves in
/// the same transaction, so that each event is fanned out once, whatever dies in between.
struct FanOut: Sendable {
    let retailer: RetailerID
    let world: OutsideWorld

    /// The number of events that were read; 0 where there is nothing new, or another node is at it.
    func step(in tx: borrowing Transaction) throws -> Int {
        guard let position = try tx.lockCursorBehindHead(of: retailer) else { return 0 }
        let last = min(try tx.logHead(of: retailer), position + Int64(DeliveryLimits.fanOutEventsMax))
        let audiences = try tx.audiences(of: retailer, after: position, through: last)
        // Matched here and not in SQL: pairs of events and endpoints were most of a step's time (measured: 150 ms of 200).
        let deliveries =
            audiences.isEmpty
            ? []
            : try tx.newEvents(of: retailer, after: position, through: last).flatMap { event, suppliers in
                audiences.filter { $0.hears(event, naming: suppliers) }.map { audience in
                    PendingDelivery(
                        id: world.newID(), endpoint: audience.endpoint, supplier: audience.supplier, position: event.position,
                        loggedOn: event.loggedOn, event: event.id, eventType: event.type)
                }
            }
        try tx.enqueue(deliveries, at: retailer)
        try tx.moveCursor(of: retailer, to: last)
        return Int(last - position)
    }
}

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
    fileprivate func lockCursorBehindHead(of retailer: RetailerID) throws -> Int64? {
        try first(
            """
            SELECT position
            FROM webhook_cursor
            WHERE retailer_id = \(retailer)
                AND position < (SELECT log_head.position FROM log_head WHERE log_head.retailer_id = \(retailer))
            FOR UPDATE OF webhook_cursor SKIP LOCKED
            """
        ) { row in try row.next() }
    }

    fileprivate func newEvents(
        of retailer: RetailerID, after position: Int64, through last: Int64
    ) throws -> [(event: EventReference, suppliers: [SupplierID])] {
        try query(
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
                suppliers: try row.nextOptional() ?? []
            )
        }
    }

    /// Whose stretches reach into these positions.
    fileprivate func audiences(of retailer: RetailerID, after position: Int64, through last: Int64) throws -> [Audience] {
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

    fileprivate func moveCursor(of retailer: RetailerID, to position: Int64) throws {
        try execute("UPDATE webhook_cursor SET position = \(position) WHERE retailer_id = \(retailer)")
    }

    /// Retailers that ever had an endpoint.
    func retailersToDeliverFor() throws -> [RetailerID] {
        try query("SELECT retailer_id FROM webhook_cursor ORDER BY retailer_id") { row in try row.next() }
    }
}
