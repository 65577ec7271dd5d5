package import Kernel
package import Postgres

extension Transaction {
    /// This month and the next of the attempt log. The lock is a statement of its own: `attach_month` alone may look into a
    /// cache of the time before its lock, and then make a month a second time.
    func attachAttemptMonths(around day: BusinessDay) throws {
        try pipeline([
            "SELECT pg_advisory_xact_lock(hashtextextended('attach_month', 0))",
            "SELECT attach_month('delivery_attempt', \(day))",
            "SELECT attach_month('delivery_attempt', \(day.startOfMonth.adding(days: 31)))",
        ])
    }

    /// What waits to be sent to endpoints that are enabled, and how far the log is ahead of it all.
    package func queue(of retailer: RetailerID, now: Instant) throws -> DeliveryMetrics.Queue {
        let waiting = try waiting(at: retailer)
        let endpoints = try enabledEndpoints(of: retailer)
        let due = endpoints.compactMap { endpoint in waiting[endpoint.id].map { (id: endpoint.id, oldest: $0.oldest) } }
        let worst = due.min { ($0.oldest, $0.id) < ($1.oldest, $1.id) }
        let (unread, oldestUnread) = try unread(at: retailer)
        let oldest = min(worst?.oldest ?? now, oldestUnread ?? now)
        let answering = Set(endpoints.filter { $0.openUntil == nil }.map(\.id))
        let served = due.filter { answering.contains($0.id) }.map(\.oldest).min()
        let oldestServed = min(served ?? now, oldestUnread ?? now)
        return DeliveryMetrics.Queue(
            rows: endpoints.reduce(0) { $0 + (waiting[$1.id]?.rows ?? 0) }, unread: unread,
            oldestDueMicros: max(0, now.microseconds - oldest.microseconds),
            oldestServedMicros: max(0, now.microseconds - oldestServed.microseconds),
            worstEndpoint: worst.flatMap { $0.oldest < now ? $0.id : nil },
            breakersOpen: endpoints.count { $0.openUntil.map { now < $0 } ?? false },
            breakersProbing: endpoints.count { $0.openUntil.map { $0 <= now } ?? false })
    }

    /// Events that nothing has been made of yet: beyond the cursor, or in a span that is under way.
    private func unread(at retailer: RetailerID) throws -> (count: Int64, oldest: Instant?) {
        try one(
            """
            WITH reached AS (
                SELECT LEAST(
                    (SELECT position FROM webhook_cursor WHERE retailer_id = \(retailer)),
                    (SELECT min(after_position) FROM delivery_span WHERE retailer_id = \(retailer))
                ) AS position
            )
            SELECT
                COALESCE((SELECT log_head.position FROM log_head WHERE retailer_id = \(retailer)) - reached.position, 0),
                (
                    SELECT occurred_at
                    FROM event
                    WHERE retailer_id = \(retailer) AND event.position > reached.position
                    ORDER BY event.position
                    LIMIT 1
                )
            FROM reached
            """
        ) { row in (count: try row.next(), oldest: try row.nextOptional()) }
    }

    private func waiting(at retailer: RetailerID) throws -> [EndpointID: (rows: Int, oldest: Instant)] {
        let rows = try query(
            """
            SELECT endpoint_id, count(*), min(run_at)
            FROM delivery_queue
            WHERE retailer_id = \(retailer)
            GROUP BY endpoint_id
            """
        ) { row in (try row.next(EndpointID.self), (rows: try row.next(Int.self), oldest: try row.next(Instant.self))) }
        return Dictionary(rows) { first, _ in first }
    }

    private func enabledEndpoints(of retailer: RetailerID) throws -> [(id: EndpointID, openUntil: Instant?)] {
        try query(
            """
            SELECT endpoint_id, breaker_open_until
            FROM endpoint
            WHERE retailer_id = \(retailer) AND state = 'enabled'
            """
        ) { row in (try row.next(), try row.nextOptional()) }
    }
}
