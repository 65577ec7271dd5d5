import App
import EventLog
import JSONText
import Kernel
import Postgres
import Synchronization
import Tenancy
import Webhooks

/// Two retailers with half of the endpoints each, every endpoint with a type of event of its own: an event is one delivery.
struct BenchOutbox: Sendable {
    private static let retailersCount = 2

    let database: Database
    let retailers: [RetailerID]
    private let endpoints: Int
    private let hint: LogHint

    static func make(
        endpoints: Int, at port: Int, on database: Database, _ settings: WebhookSettings, _ hint: LogHint
    ) async throws -> BenchOutbox {
        let today = OutsideWorld.real.now().utcDay
        try await database.transaction(as: .platform) { tx in
            for table in ["event", "delivery_attempt"] { try tx.execute("SELECT attach_month(\(table), \(today))") }
        }
        var retailers: [RetailerID] = []
        for _ in 0..<retailersCount {
            let retailer = try await BenchRetailer.make(database)
            retailers.append(retailer)
            for number in 0..<endpoints / retailersCount {
                let command = CreateEndpoint(
                    at: retailer, url: "http://127.0.0.1:\(port)/\(number)", eventTypes: [type(of: number)], ratePerSecond: 1000)
                try await database.transaction(as: .retailer(retailer)) { tx in
                    try command.run(in: tx, by: .machine(at: .retailer(retailer)), settings.secretBox)
                }
            }
        }
        return BenchOutbox(database: database, retailers: retailers, endpoints: endpoints, hint: hint)
    }

    /// Letters alone, as types of events are.
    private static func type(of endpoint: Int) -> String {
        let letters = Array("abcdefghij")
        return "bench.to_\(letters[endpoint / 100])\(letters[endpoint / 10 % 10])\(letters[endpoint % 10])"
    }

    /// So many events of one retailer in one transaction, as a batch at the tills would, spread over its endpoints from
    /// `start` on. Returns the hashes of their ids.
    @discardableResult
    func append(_ count: Int, to retailer: RetailerID, from start: Int) async throws -> [UInt64] {
        let own = endpoints / retailers.count
        let ids = (0..<count).map { _ in OutsideWorld.real.newID(EventID.self) }
        let events = (0..<count).map { index in
            Event(Self.type(of: (start + index) % own), about: EventSubject(kind: "bench", id: "\(index)")) { json in
                json.field("text", String(repeating: "a", count: 400))
            }
        }
        try await database.transaction(as: .retailer(retailer)) { tx in
            try tx.append(events, to: retailer, ids: ids, at: OutsideWorld.real.now())
        }
        hint.wake(retailer)
        return ids.map { BenchSink.hash("\($0)".utf8) }
    }

    /// What PostgreSQL has on file: deliveries that are done, those that are not, and tries.
    func standing() async throws -> Standing {
        var standing = Standing()
        for retailer in retailers {
            let counts = try await database.read(as: .worker(retailer)) { tx in
                try tx.one(
                    """
                    SELECT
                        (SELECT count(*) FROM delivery WHERE retailer_id = \(retailer) AND state = 'delivered'),
                        (SELECT count(*) FROM delivery_queue WHERE retailer_id = \(retailer))
                            + (SELECT count(*) FROM delivery_span WHERE retailer_id = \(retailer)),
                        (SELECT count(*) FROM delivery_attempt WHERE retailer_id = \(retailer)),
                        (SELECT head.position - cursor.position
                        FROM log_head AS head JOIN webhook_cursor AS cursor ON cursor.retailer_id = head.retailer_id
                        WHERE head.retailer_id = \(retailer))
                    """
                ) { row in
                    Standing(delivered: try row.next(), queued: try row.next(), attempts: try row.next(), unread: try row.next())
                }
            }
            standing.delivered += counts.delivered
            standing.queued += counts.queued
            standing.attempts += counts.attempts
            standing.unread += counts.unread
        }
        return standing
    }

    struct Standing: Sendable {
        var delivered = 0
        /// In the queue, and spans of the log that are under way.
        var queued = 0
        var attempts = 0
        /// Events that no fan-out has read.
        var unread = 0
    }
}
