package import Kernel
package import Postgres

extension Transaction {
    /// Appends facts to the retailer's log and returns the position of the last one. The LAST statement of a transaction:
    /// the log's head row is held from here to the commit, which is what makes positions gap-free and in commit order
    /// (LEDGER_AND_WEBHOOKS rule 29).
    @discardableResult
    package func append(_ events: [Event], to retailer: RetailerID, ids: [EventID], at now: Instant) throws -> Int64? {
        precondition(events.count == ids.count, "one id for each event")
        guard !events.isEmpty else { return nil }
        try execute("SELECT attach_month('event', \(now.utcDay))")
        return try one(
            """
            WITH head AS (
                UPDATE log_head SET position = position + \(events.count)
                WHERE retailer_id = \(retailer)
                RETURNING position
            ), appended AS (
                INSERT INTO event (
                    retailer_id, position, logged_on, event_id, type, subject_kind, subject_id, supplier_ids,
                    campaign_id, shopper_key, units, amount, data, occurred_at
                )
                SELECT \(retailer), head.position - \(events.count) + fact.ordinality, \(now.utcDay), fact.event_id, fact.type,
                    fact.subject_kind, fact.subject_id,
                    string_to_array(NULLIF(fact.supplier_ids, ''), ',')::uuid[],
                    fact.campaign_id, fact.shopper_key, fact.units, fact.amount, fact.data, \(now)
                FROM head, unnest(
                    \(ids), \(events.map(\.type)), \(events.map(\.subject.kind)), \(events.map(\.subject.id)),
                    \(events.map { $0.suppliers.map { "\($0.value)" }.joined(separator: ",") }),
                    \(events.map(\.campaign)), \(events.map(\.shopperKey)), \(events.map(\.units)),
                    \(events.map(\.amountMinor)), \(events.map { JSONB($0.data) })
                ) WITH ORDINALITY AS fact (
                    event_id, type, subject_kind, subject_id, supplier_ids, campaign_id, shopper_key, units, amount, data,
                    ordinality
                )
            )
            SELECT position FROM head
            """
        ) { row in try row.next(Int64.self) }
    }

    /// Appends one fact.
    package func append(_ event: Event, to retailer: RetailerID, in world: OutsideWorld) throws {
        try append([event], to: retailer, ids: [world.newID()], at: world.now())
    }

    /// Facts after a position, in order. A reader that sees position n has missed nothing before it.
    package func events(of retailer: RetailerID, after position: Int64, limit: Int) throws -> [LoggedEvent] {
        try query(
            """
            SELECT position, event_id, type, subject_kind, subject_id, supplier_ids, occurred_at, data
            FROM event
            WHERE retailer_id = \(retailer) AND position > \(position)
            ORDER BY position
            LIMIT \(limit)
            """
        ) { row in
            LoggedEvent(
                position: try row.next(), id: try row.next(), type: try row.next(),
                subject: EventSubject(kind: try row.next(), id: try row.next()),
                suppliers: try row.nextOptional() ?? [], occurredAt: try row.next(),
                data: try row.next(JSONB.self).text)
        }
    }

    /// Leaves of the bodies of facts about shoppers their key alone. A fact keeps its place in the log and its id. Index:
    /// `event_by_shopper`.
    package func redactEvents(ofShoppers keys: [Int64], of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE event SET data = jsonb_build_object('shopper_key', shopper_key)
            WHERE retailer_id = \(retailer) AND shopper_key = ANY(\(keys))
            """)
    }
}
