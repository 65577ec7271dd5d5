package import Kernel
package import Postgres
import Tenancy

/// Lets go what is kept no longer: finished deliveries with their attempts after `deliveryDaysKept`, events after
/// `eventDaysKept`, by the database's time, so many in a transaction. Any number of nodes may run it.
package struct Retention: Sendable {
    /// Transactions for one retailer in one round: the rest is for the next one.
    package static let batchesMax = 200
    /// How many times four weeks before what is kept are looked at for months that are empty.
    package static let monthsLookedAt: Int64 = 7

    private let database: Database
    private let clock: DeliveryClock

    package init(_ database: Database, clock: DeliveryClock = .database) {
        self.database = database
        self.clock = clock
    }

    /// What went.
    package struct Pruned: Sendable, Hashable {
        package var deliveries = 0
        package var events = 0
        /// Deliveries that still waited when their event went, or for an endpoint that was deleted.
        package var cancelled = 0
    }

    /// All retailers.
    package func prune() async throws {
        var faults = TurnFaults()
        try await faults.collect(of: "events and deliveries") { try await database.forEachRetailer { try await prune($0) } }
        try await faults.collect(of: "empty months") { try await dropEmptyMonths() }
        try faults.check()
    }

    /// Months of events and of attempts that are older than anything that is kept, once nothing is in them and vacuum has given
    /// their pages back. Returns how many went.
    @discardableResult
    package func dropEmptyMonths() async throws -> Int {
        var dropped = 0
        for (table, days) in [("event", DeliveryLimits.eventDaysKept), ("delivery_attempt", DeliveryLimits.deliveryDaysKept)] {
            for month in 1...Self.monthsLookedAt {
                dropped += try await database.transaction(as: .workerHome) { [clock] tx in
                    let oldest = try clock.now(tx).adding(seconds: -(days + 28 * month) * 86_400).utcDay
                    return try tx.one("SELECT drop_empty_month(\(table), \(oldest))") { row in try row.next(Bool.self) } ? 1 : 0
                }
            }
        }
        return dropped
    }

    @discardableResult
    package func prune(_ retailer: RetailerID) async throws -> Pruned {
        var total = Pruned()
        for _ in 0..<Self.batchesMax {
            let pruned = try await database.transaction(as: .worker(retailer)) { [clock] tx in
                let now = try clock.now(tx)
                let deliveries = try tx.pruneDeliveries(
                    of: retailer, finishedBefore: now.adding(seconds: -DeliveryLimits.deliveryDaysKept * 86_400))
                let oldest = now.adding(seconds: -DeliveryLimits.eventDaysKept * 86_400).utcDay
                let orphans = try tx.cancelOrphans(of: retailer, now: now)
                let cancelled = orphans + (try tx.cancelDeliveries(of: retailer, loggedBefore: oldest, now: now))
                // Events stay for as long as a delivery waits for one of their time.
                let events = cancelled == 0 ? try tx.pruneEvents(of: retailer, loggedBefore: oldest) : 0
                return Pruned(deliveries: deliveries, events: events, cancelled: cancelled)
            }
            total.deliveries += pruned.deliveries
            total.events += pruned.events
            total.cancelled += pruned.cancelled
            guard pruned.deliveries + pruned.events + pruned.cancelled > 0 else { break }
        }
        return total
    }
}

extension Transaction {
    /// Served by delivery_finished. One that is sent again meanwhile is no longer finished, and skipped.
    fileprivate func pruneDeliveries(of retailer: RetailerID, finishedBefore instant: Instant) throws -> Int {
        try one(
            """
            WITH due AS (
                SELECT delivery_id
                FROM delivery
                WHERE retailer_id = \(retailer) AND finished_at < \(instant)
                ORDER BY finished_at
                LIMIT \(DeliveryLimits.pruneMax)
                FOR UPDATE SKIP LOCKED
            ), attempts AS (
                DELETE FROM delivery_attempt
                WHERE retailer_id = \(retailer) AND delivery_id IN (SELECT due.delivery_id FROM due)
            ), gone AS (
                DELETE FROM delivery
                WHERE retailer_id = \(retailer) AND delivery_id IN (SELECT due.delivery_id FROM due)
                RETURNING delivery_id
            )
            SELECT count(*) FROM gone
            """
        ) { row in try row.next() }
    }

    /// What came into the queue of an endpoint while it was deleted: whoever put it there had read of the endpoint before. Index:
    /// `delivery_queue_due`.
    fileprivate func cancelOrphans(of retailer: RetailerID, now: Instant) throws -> Int {
        try one(
            """
            WITH due AS (
                SELECT waiting.delivery_id
                FROM endpoint
                CROSS JOIN LATERAL (
                    SELECT delivery_id
                    FROM delivery_queue
                    WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.endpoint_id = endpoint.endpoint_id
                    ORDER BY run_at
                    LIMIT \(DeliveryLimits.pruneMax)
                    FOR UPDATE SKIP LOCKED
                ) AS waiting
                WHERE endpoint.retailer_id = \(retailer) AND endpoint.state = 'deleted'
                LIMIT \(DeliveryLimits.pruneMax)
            ), \(fragment: cancellation(of: retailer, now: now))
            SELECT count(*) FROM cancelled
            """
        ) { row in try row.next() }
    }

    /// Nothing could be sent of them any more.
    fileprivate func cancelDeliveries(of retailer: RetailerID, loggedBefore day: BusinessDay, now: Instant) throws -> Int {
        try one(
            """
            WITH due AS (
                SELECT delivery_queue.delivery_id
                FROM delivery_queue
                JOIN delivery ON delivery.retailer_id = \(retailer) AND delivery.delivery_id = delivery_queue.delivery_id
                WHERE delivery_queue.retailer_id = \(retailer) AND delivery.logged_on < \(day)
                ORDER BY delivery_queue.delivery_id
                LIMIT \(DeliveryLimits.pruneMax)
                FOR UPDATE OF delivery_queue SKIP LOCKED
            ), \(fragment: cancellation(of: retailer, now: now))
            SELECT count(*) FROM cancelled
            """
        ) { row in try row.next() }
    }

    /// Of the rows `due`: the queue's row goes first, as everywhere.
    private func cancellation(of retailer: RetailerID, now: Instant) -> SQL {
        """
        dropped AS (
            DELETE FROM delivery_queue
            WHERE retailer_id = \(retailer) AND delivery_id IN (SELECT due.delivery_id FROM due)
            RETURNING delivery_id
        ), cancelled AS (
            UPDATE delivery SET state = 'cancelled', finished_at = \(now)
            WHERE retailer_id = \(retailer) AND delivery_id IN (SELECT dropped.delivery_id FROM dropped)
            RETURNING delivery_id
        )
        """
    }

    /// The oldest first; months that are too young are not looked into. The head of the log is taken last, and says how far; whom it
    /// named is written down beside.
    fileprivate func pruneEvents(of retailer: RetailerID, loggedBefore day: BusinessDay) throws -> Int {
        try one(
            """
            WITH due AS (
                SELECT position, logged_on
                FROM event
                WHERE retailer_id = \(retailer) AND logged_on < \(day)
                ORDER BY position
                LIMIT \(DeliveryLimits.pruneMax)
            ), gone AS (
                DELETE FROM event
                USING due
                WHERE event.retailer_id = \(retailer) AND event.position = due.position AND event.logged_on = due.logged_on
                RETURNING event.position, event.supplier_ids
            ), named AS (
                INSERT INTO pruned_of_supplier AS known (retailer_id, supplier_id, position)
                SELECT \(retailer), named.supplier_id, max(gone.position)
                FROM gone
                CROSS JOIN LATERAL unnest(gone.supplier_ids) AS named (supplier_id)
                GROUP BY named.supplier_id
                ORDER BY named.supplier_id
                ON CONFLICT (retailer_id, supplier_id) DO UPDATE
                SET position = GREATEST(known.position, EXCLUDED.position)
            ), told AS (
                UPDATE log_head
                SET pruned_position = GREATEST(log_head.pruned_position, newest.last),
                    pruned_told = GREATEST(log_head.pruned_position, newest.last),
                    pruned_untold = CASE WHEN log_head.pruned_told = log_head.pruned_position THEN log_head.pruned_untold
                        ELSE log_head.pruned_position END
                FROM (SELECT max(gone.position) AS last FROM gone) AS newest
                WHERE log_head.retailer_id = \(retailer) AND newest.last IS NOT NULL
            )
            SELECT count(*) FROM gone
            """
        ) { row in try row.next() }
    }
}
