import Kernel
package import Postgres

extension LoggedEvent {
    /// Reads position, event_id, type, subject_kind, subject_id, supplier_ids, occurred_at and data, in this order.
    package init(row: inout Row) throws {
        position = try row.next()
        id = try row.next()
        type = try row.next()
        subject = EventSubject(kind: try row.next(), id: try row.next())
        suppliers = try row.nextOptional() ?? []
        occurredAt = try row.next()
        data = try row.next(JSONB.self).text
    }
}
