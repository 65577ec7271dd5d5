import EventLog
import Kernel
import Postgres

/// A stretch of a retailer's log that this node sends straight on, without the queue: its deliveries come into being with
/// their first outcome. When its lease is over, what has no delivery yet is put into the queue by whoever sees it.
struct DeliverySpan: Sendable {
    let id: Identifier
    let retailer: RetailerID
    let afterPosition: Int64
    let untilPosition: Int64
    let lines: [DirectLine]

    var deliveryCount: Int { lines.reduce(0) { $0 + $1.deliveryCount } }
}

/// What of a span is for one endpoint.
struct DirectLine: Sendable {
    let endpoint: EndpointID
    /// Requests to it that this node may have under way at once.
    let slots: Int
    /// In the order of the log.
    let messages: [OutgoingMessage]

    var deliveryCount: Int { messages.reduce(0) { $0 + $1.deliveries.count } }
}

extension Transaction {
    /// Requests to each endpoint that spans may have under way: a node's spans share one line for an endpoint, so of those the
    /// widest counts.
    /// - Parameter node: whose spans are left out.
    func slotsOfSpans(at retailer: RetailerID, now: Instant, but node: Identifier? = nil) throws -> [EndpointID: Int] {
        let rows = try query(
            """
            SELECT span.node_id, part.endpoint_id, part.slots
            FROM delivery_span AS span, unnest(span.endpoint_ids, span.slots) AS part (endpoint_id, slots)
            WHERE retailer_id = \(retailer) AND lease_until > \(now) AND (\(node)::uuid IS NULL OR node_id <> \(node))
            """
        ) { row in
            (node: try row.next(Identifier.self), endpoint: try row.next(EndpointID.self), slots: try row.next(Int32.self))
        }
        var widest: [Identifier: [EndpointID: Int]] = [:]
        for row in rows {
            widest[row.node, default: [:]][row.endpoint] = max(widest[row.node]?[row.endpoint] ?? 0, Int(row.slots))
        }
        return widest.values.reduce(into: [:]) { total, own in total.merge(own) { $0 + $1 } }
    }

    func insert(_ span: DeliverySpan, of node: Identifier, until lease: Instant) throws {
        try execute(
            """
            INSERT INTO delivery_span (
                retailer_id, span_id, node_id, after_position, until_position, lease_until, endpoint_ids, slots
            )
            VALUES (
                \(span.retailer), \(span.id), \(node), \(span.afterPosition), \(span.untilPosition), \(lease),
                \(span.lines.map(\.endpoint)), \(span.lines.map { Int32($0.slots) })
            )
            """)
    }

    /// Those of these spans that still stand, locked until the commit.
    func lockSpans(_ spans: [Identifier], at retailer: RetailerID) throws -> Set<Identifier> {
        Set(
            try query(
                """
                SELECT span_id
                FROM delivery_span
                WHERE retailer_id = \(retailer) AND span_id = ANY(\(spans))
                ORDER BY span_id
                FOR UPDATE
                """
            ) { row in try row.next() })
    }

    /// Leaves of each span the endpoints that have something under way; a span without any goes.
    func narrow(_ spans: [Identifier: [EndpointID: Int]], at retailer: RetailerID) throws {
        let over = spans.filter(\.value.isEmpty).keys.sorted()
        if !over.isEmpty {
            try execute("DELETE FROM delivery_span WHERE retailer_id = \(retailer) AND span_id = ANY(\(over))")
        }
        for (span, left) in spans.sorted(by: { $0.key < $1.key }) where !left.isEmpty {
            let left = left.sorted { $0.key < $1.key }
            try execute(
                """
                UPDATE delivery_span SET endpoint_ids = \(left.map(\.key)), slots = \(left.map { Int32($0.value) })
                WHERE retailer_id = \(retailer) AND span_id = \(span) AND endpoint_ids <> \(left.map(\.key))
                """)
        }
    }

    /// Retailers with spans whose nodes are gone.
    func retailersWithOverdueSpans(now: Instant) throws -> [RetailerID] {
        try query(
            """
            SELECT DISTINCT retailer_id
            FROM delivery_span
            WHERE lease_until <= \(now) OR lease_until > \(now.adding(seconds: 2 * DeliveryLimits.leaseSeconds))
            """
        ) { row in try row.next() }
    }
}
