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
        let waiting = try waiting(at: retailer)
        let endpoints = try enabledEndpoints(of: retailer)
        let due = endpoints.compactMap { endpoint in waiting[endpoint.id].map { (id: endpoint.id, oldest: $0.oldest) } }
        let worst = due.min { ($0.oldest, $0.id) < ($1.oldest, $1.id) }
        return DeliveryMetrics.Queue(
            rows: endpoints.reduce(0) { $0 + (waiting[$1.id]?.rows ?? 0) },
            oldestDueMicros: max(0, now.microseconds - (worst?.oldest ?? now).microseconds),
            worstEndpoint: worst.flatMap { $0.oldest < now ? $0.id : nil },
            breakersOpen: endpoints.count { $0.openUntil.map { now < $0 } ?? false },
            breakersProbing: endpoints.count { $0.openUntil.map { $0 <= now } ?? false })
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
