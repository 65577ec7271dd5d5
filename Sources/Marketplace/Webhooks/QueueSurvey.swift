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

    /// What waits to be sent to endpoints that are enabled: each endpoint by itself, the one with the oldest due delivery first.
    package func queue(of retailer: RetailerID, now: Instant) throws -> DeliveryMetrics.Queue {
        let endpoints = try query(
            """
            SELECT endpoint.endpoint_id, endpoint.breaker_open_until, count(delivery_queue.delivery_id),
                min(delivery_queue.run_at)
            FROM endpoint
            LEFT JOIN delivery_queue ON delivery_queue.retailer_id = endpoint.retailer_id
                AND delivery_queue.endpoint_id = endpoint.endpoint_id
            WHERE endpoint.retailer_id = \(retailer) AND endpoint.state = 'enabled'
            GROUP BY endpoint.endpoint_id, endpoint.breaker_open_until
            ORDER BY min(delivery_queue.run_at), endpoint.endpoint_id
            """
        ) { row in
            (
                id: try row.next(EndpointID.self), openUntil: try row.nextOptional(Instant.self), rows: try row.next(Int.self),
                oldest: try row.nextOptional(Instant.self)
            )
        }
        let oldest = endpoints.first?.oldest ?? now
        return DeliveryMetrics.Queue(
            rows: endpoints.reduce(0) { $0 + $1.rows }, oldestDueMicros: max(0, now.microseconds - oldest.microseconds),
            worstEndpoint: oldest < now ? endpoints.first?.id : nil,
            breakersOpen: endpoints.count { $0.openUntil.map { now < $0 } ?? false },
            breakersProbing: endpoints.count { $0.openUntil.map { $0 <= now } ?? false })
    }
}
