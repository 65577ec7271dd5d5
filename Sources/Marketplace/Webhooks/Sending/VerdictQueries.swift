import EventLog
import Kernel
import OutboundHTTP
import Postgres

extension Transaction {
    /// Of deliveries in the queue: the attempt, how the delivery stands, and its row in the queue moved or gone.
    func write(_ verdicts: [Verdict], at retailer: RetailerID, now: Instant) throws {
        guard !verdicts.isEmpty else { return }
        let tried = verdicts.filter(\.isTried)
        let again = verdicts.filter { $0.next != nil }
        try pipeline([
            attemptsInsert(tried, at: retailer),
            """
            UPDATE delivery
            SET state = fact.state, attempts = delivery.attempts + 1, last_status = fact.status,
                last_failure = fact.failure, finished_at = CASE WHEN fact.state <> 'pending' THEN \(now) END
            FROM unnest(
                \(tried.map(\.id)), \(tried.map(\.state)), \(tried.map(\.columns.status)), \(tried.map(\.columns.failure))
            ) AS fact (delivery_id, state, status, failure)
            WHERE delivery.retailer_id = \(retailer) AND delivery.delivery_id = fact.delivery_id
                AND delivery.delivery_id = ANY(\(tried.map(\.id)))
            """,
            """
            DELETE FROM delivery_queue
            WHERE retailer_id = \(retailer) AND delivery_id = ANY(\(verdicts.filter { $0.next == nil }.map(\.id)))
            """,
            """
            UPDATE delivery_queue
            SET run_at = fact.run_at, tries = delivery_queue.tries + fact.tried, lease_until = NULL, claim_id = NULL
            FROM unnest(
                \(again.map(\.id)), \(again.map { $0.next ?? now }), \(again.map { Int32($0.isTried ? 1 : 0) })
            ) AS fact (delivery_id, run_at, tried)
            WHERE delivery_queue.retailer_id = \(retailer) AND delivery_queue.delivery_id = fact.delivery_id
                AND delivery_queue.delivery_id = ANY(\(again.map(\.id)))
            """,
        ])
    }

    /// Of deliveries that were sent straight from the log: each comes into being as its first outcome leaves it, and goes into the
    /// queue where it is to be tried again.
    func make(_ verdicts: [Verdict], at retailer: RetailerID, now: Instant) throws {
        guard !verdicts.isEmpty else { return }
        let tried = verdicts.filter(\.isTried)
        let again = verdicts.filter { $0.next != nil }
        var statements = [deliveriesInsert(verdicts, at: retailer, now: now)]
        if !tried.isEmpty { statements.append(attemptsInsert(tried, at: retailer)) }
        if !again.isEmpty {
            statements.append(
                """
                INSERT INTO delivery_queue (retailer_id, delivery_id, endpoint_id, supplier_id, run_at, tries)
                SELECT \(retailer), fact.delivery_id, fact.endpoint_id, fact.supplier_id, fact.run_at, fact.tries
                FROM unnest(
                    \(again.map(\.id)), \(again.map(\.finished.delivery.endpoint)), \(again.map(\.finished.delivery.supplier)),
                    \(again.map { $0.next ?? now }), \(again.map { Int32($0.isTried ? 1 : 0) })
                ) AS fact (delivery_id, endpoint_id, supplier_id, run_at, tries)
                """)
        }
        try pipeline(statements)
    }

    /// Nobody else makes these while their span stands, and what was written before without knowing it is not written again: so none
    /// is there.
    private func deliveriesInsert(_ verdicts: [Verdict], at retailer: RetailerID, now: Instant) -> SQL {
        """
        INSERT INTO delivery (
            retailer_id, delivery_id, endpoint_id, supplier_id, position, logged_on, event_id, event_type, state, attempts,
            last_status, last_failure, created_at, finished_at
        )
        SELECT \(retailer), fact.delivery_id, fact.endpoint_id, fact.supplier_id, fact.position, fact.logged_on, fact.event_id,
            fact.event_type, fact.state, fact.attempts, fact.status, fact.failure, fact.created_at,
            CASE WHEN fact.state <> 'pending' THEN \(now) END
        FROM unnest(
            \(verdicts.map(\.id)), \(verdicts.map(\.finished.delivery.endpoint)), \(verdicts.map(\.finished.delivery.supplier)),
            \(verdicts.map(\.finished.delivery.event.position)), \(verdicts.map(\.finished.delivery.loggedOn)),
            \(verdicts.map(\.finished.delivery.event.id)), \(verdicts.map(\.finished.delivery.event.type)),
            \(verdicts.map(\.state)), \(verdicts.map { Int32($0.isTried ? 1 : 0) }), \(verdicts.map(\.columns.status)),
            \(verdicts.map(\.columns.failure)), \(verdicts.map(\.finished.delivery.createdAt))
        ) AS fact (
            delivery_id, endpoint_id, supplier_id, position, logged_on, event_id, event_type, state, attempts, status, failure,
            created_at
        )
        """
    }

    private func attemptsInsert(_ tried: [Verdict], at retailer: RetailerID) -> SQL {
        """
        INSERT INTO delivery_attempt (
            retailer_id, delivery_id, number, started_on, endpoint_id, supplier_id, started_at, dns_us, connect_us, tls_us,
            first_byte_us, total_us, remote_address, status, failure, message, answer_head
        )
        SELECT \(retailer), fact.delivery_id, fact.number, fact.started_on, fact.endpoint_id, fact.supplier_id,
            fact.started_at, fact.dns_us, fact.connect_us, fact.tls_us, fact.first_byte_us, fact.total_us,
            fact.remote_address, fact.status, fact.failure, fact.message, fact.answer_head
        FROM unnest(
            \(tried.map(\.id)), \(tried.map { $0.finished.delivery.attempts + 1 }),
            \(tried.map { $0.finished.startedAt.utcDay }), \(tried.map { $0.finished.delivery.endpoint }),
            \(tried.map { $0.finished.delivery.supplier }), \(tried.map { $0.finished.startedAt }),
            \(tried.map { $0.finished.durations.dnsMicros }), \(tried.map { $0.finished.durations.connectMicros }),
            \(tried.map { $0.finished.durations.tlsMicros }), \(tried.map { $0.finished.durations.firstByteMicros }),
            \(tried.map { $0.finished.durations.totalMicros }), \(tried.map { $0.finished.remoteAddress }),
            \(tried.map(\.columns.status)), \(tried.map(\.columns.failure)),
            \(tried.map(\.columns.message)), \(tried.map(\.columns.head))
        ) AS fact (
            delivery_id, number, started_on, endpoint_id, supplier_id, started_at, dns_us, connect_us, tls_us,
            first_byte_us, total_us, remote_address, status, failure, message, answer_head
        )
        """
    }
}
