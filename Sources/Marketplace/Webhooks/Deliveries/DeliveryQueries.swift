import EventLog
import Kernel
import Postgres

/// In the order of `Delivery.init(row:)`.
let selectDelivery: SQL = """
    SELECT delivery.delivery_id, delivery.endpoint_id, delivery.event_id, delivery.event_type, delivery.position,
        delivery.state, delivery.attempts, delivery.last_status, delivery.last_failure, delivery.created_at,
        delivery.finished_at, delivery_queue.run_at
    FROM delivery LEFT JOIN delivery_queue
        ON delivery_queue.retailer_id = delivery.retailer_id AND delivery_queue.delivery_id = delivery.delivery_id
    """

extension Transaction {
    func deliveries(
        to endpoint: EndpointID, at retailer: RetailerID, in state: Delivery.State?, after id: DeliveryID?, limit: Int
    ) throws -> [Delivery] {
        try query(
            """
            \(fragment: selectDelivery)
            WHERE delivery.retailer_id = \(retailer) AND delivery.endpoint_id = \(endpoint)
                AND (\(state)::text IS NULL OR delivery.state = \(state))
                AND (\(id)::uuid IS NULL OR delivery.delivery_id > \(id))
            ORDER BY delivery.delivery_id
            LIMIT \(limit)
            """
        ) { row in try Delivery(row: &row) }
    }

    func delivery(_ id: DeliveryID, of endpoint: EndpointID, at retailer: RetailerID) throws -> Delivery? {
        try first(
            """
            \(fragment: selectDelivery)
            WHERE delivery.retailer_id = \(retailer) AND delivery.endpoint_id = \(endpoint) AND delivery.delivery_id = \(id)
            """
        ) { row in try Delivery(row: &row) }
    }

    func attempts(
        of delivery: DeliveryID, at retailer: RetailerID, after number: Int32, limit: Int
    ) throws -> [LoggedAttempt] {
        try query(
            """
            SELECT number, started_at, dns_us, connect_us, tls_us, first_byte_us, total_us, remote_address, status, failure,
                message, answer_head
            FROM delivery_attempt
            WHERE retailer_id = \(retailer) AND delivery_id = \(delivery) AND number > \(number)
            ORDER BY number
            LIMIT \(limit)
            """
        ) { row in try LoggedAttempt(row: &row) }
    }
}

extension Delivery {
    init(row: inout Row) throws {
        id = try row.next()
        endpoint = try row.next()
        event = try row.next()
        eventType = try row.next()
        sequence = try row.next()
        state = try row.next()
        attempts = try row.next()
        lastStatus = try row.nextOptional()
        lastFailure = try row.nextOptional()
        createdAt = try row.next()
        finishedAt = try row.nextOptional()
        nextAttemptAt = try row.nextOptional()
    }
}

extension LoggedAttempt {
    init(row: inout Row) throws {
        number = try row.next()
        startedAt = try row.next()
        dnsMicros = try row.next()
        connectMicros = try row.next()
        tlsMicros = try row.next()
        firstByteMicros = try row.next()
        totalMicros = try row.next()
        remoteAddress = try row.nextOptional()
        status = try row.nextOptional()
        failure = try row.nextOptional()
        message = try row.nextOptional()
        answerHead = try row.nextOptional()
    }
}
