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

    /// What waits to be sent to endpoints that are enabled.
    package func queue(of retailer: RetailerID, now: Instant) throws -> DeliveryMetrics.Queue {
        try one(
            """
            SELECT count(delivery_queue.delivery_id), min(delivery_queue.run_at),
                count(DISTINCT endpoint.endpoint_id) FILTER (WHERE endpoint.breaker_open_until IS NOT NULL)
            FROM endpoint
            LEFT JOIN delivery_queue ON delivery_queue.retailer_id = endpoint.retailer_id
                AND delivery_queue.endpoint_id = endpoint.endpoint_id
            WHERE endpoint.retailer_id = \(retailer) AND endpoint.state = 'enabled'
            """
        ) { row in
            let rows = try row.next(Int.self)
            let oldest = try row.nextOptional(Instant.self)
            return DeliveryMetrics.Queue(
                rows: rows, oldestDueMicros: max(0, now.microseconds - (oldest ?? now).microseconds),
                breakersOpen: try row.next())
        }
    }
}
