import EventLog
import JSONText
import Kernel
import Parties
import Postgres

/// An endpoint's owner asks for a trial event. It is an event like any other, signed and tried again like any other, but
/// for this endpoint alone, whatever its types.
struct TestEndpoint: Sendable {
    static let eventType = "webhook.test"

    let target: EndpointTarget

    func run(in tx: borrowing Transaction, by author: Author) throws -> Delivery {
        let endpoint = try tx.lock(target)
        guard endpoint.state == .enabled else { throw EndpointRefusal.notEnabled }
        let suppliers = endpoint.supplier.map { [$0] } ?? []
        let event = Event(Self.eventType, about: EventSubject(endpoint.id), suppliers: suppliers) { json in
            json.field("endpoint_id", endpoint.id)
        }
        let (id, now) = (author.world.newID(EventID.self), author.world.now())
        guard let position = try tx.append([event], to: target.retailer, ids: [id], at: now) else {
            preconditionFailure("an event has a position")
        }
        let pending = PendingDelivery(
            id: author.world.newID(), endpoint: endpoint.id, supplier: endpoint.supplier, position: position,
            loggedOn: now.utcDay, event: id, eventType: event.type)
        try tx.enqueue([pending], at: target.retailer)
        try tx.audit(author, "endpoint.tested", about: EventSubject(endpoint.id))
        guard let delivery = try tx.delivery(pending.id, of: endpoint.id, at: target.retailer) else {
            preconditionFailure("a delivery that was just made is there")
        }
        return delivery
    }
}
