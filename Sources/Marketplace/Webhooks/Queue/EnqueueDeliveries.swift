import EventLog
import Kernel
import Postgres

/// A delivery that is about to be made.
struct PendingDelivery: Sendable {
    let id: DeliveryID
    let endpoint: EndpointID
    let supplier: SupplierID?
    let position: Int64
    let loggedOn: BusinessDay
    let event: EventID
    let eventType: String
}

extension Transaction {
    /// Makes deliveries and puts them into the queue, due at once. One that exists already is left as it is.
    func enqueue(_ deliveries: [PendingDelivery], at retailer: RetailerID) throws {
        guard !deliveries.isEmpty else { return }
        try execute(
            """
            WITH made AS (
                INSERT INTO delivery (
                    retailer_id, delivery_id, endpoint_id, supplier_id, position, logged_on, event_id, event_type, state,
                    created_at
                )
                SELECT \(retailer), fact.delivery_id, fact.endpoint_id, fact.supplier_id, fact.position, fact.logged_on,
                    fact.event_id, fact.event_type, 'pending', clock_timestamp()
                FROM unnest(
                    \(deliveries.map(\.id)), \(deliveries.map(\.endpoint)), \(deliveries.map(\.supplier)),
                    \(deliveries.map(\.position)), \(deliveries.map(\.loggedOn)), \(deliveries.map(\.event)),
                    \(deliveries.map(\.eventType))
                ) AS fact (delivery_id, endpoint_id, supplier_id, position, logged_on, event_id, event_type)
                ON CONFLICT ON CONSTRAINT delivery_once DO NOTHING
                RETURNING delivery_id, endpoint_id, supplier_id
            )
            INSERT INTO delivery_queue (retailer_id, delivery_id, endpoint_id, supplier_id, run_at)
            SELECT \(retailer), delivery_id, endpoint_id, supplier_id, clock_timestamp()
            FROM made
            """)
    }
}
