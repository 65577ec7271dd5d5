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
        let matches = try tx.matches(of: retailer, after: position, through: last)
        let deliveries = matches.map { match in
            PendingDelivery(
                id: world.newID(), endpoint: match.endpoint, supplier: match.supplier, position: match.event.position,
                loggedOn: match.event.loggedOn, event: match.event.id, eventType: match.event.type)
        }
        try tx.enqueue(deliveries, at: retailer)
        try tx.moveCursor(of: retailer, to: last)
        return Int(last - position)
    }
}

/// An event and an endpoint that it is for.
private struct Match: Sendable {
    let event: EventReference
    let endpoint: EndpointID
    let supplier: SupplierID?
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

    fileprivate func matches(of retailer: RetailerID, after position: Int64, through last: Int64) throws -> [Match] {
        try query(
            """
            SELECT event.position, event.logged_on, event.event_id, event.type, endpoint.endpoint_id, endpoint.supplier_id
            FROM event
            JOIN endpoint_period ON endpoint_period.retailer_id = event.retailer_id
                AND endpoint_period.after_position < event.position
                AND (endpoint_period.until_position IS NULL OR event.position <= endpoint_period.until_position)
            JOIN endpoint ON endpoint.retailer_id = event.retailer_id
                AND endpoint.endpoint_id = endpoint_period.endpoint_id
            WHERE event.retailer_id = \(retailer) AND event.position > \(position) AND event.position <= \(last)
                AND event.type <> \(TestEndpoint.eventType) AND endpoint.state <> 'deleted'
                AND (cardinality(endpoint.event_types) = 0 OR event.type = ANY(endpoint.event_types))
                AND (endpoint.supplier_id IS NULL OR endpoint.supplier_id = ANY(event.supplier_ids))
            ORDER BY event.position, endpoint.endpoint_id
            """
        ) { row in
            Match(
                event: EventReference(
                    position: try row.next(), loggedOn: try row.next(), id: try row.next(), type: try row.next()),
                endpoint: try row.next(), supplier: try row.nextOptional())
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
