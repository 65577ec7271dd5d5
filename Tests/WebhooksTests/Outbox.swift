import EventLog
import HTTPSupport
import JSONText
import Kernel
import Logging
import OutboundHTTP
import Parties
import Postgres
import Sealing
import Synchronization
import Telemetry
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// A retailer with a log, and a delivery worker that a test drives by hand, whose clock runs ahead as told.
struct Outbox: Sendable {
    let market: TestMarket
    let retailer: RetailerID
    let admin: KeyToken
    let delivery: WebhookDelivery
    let clock: DeliveryClock
    private let settings: WebhookSettings
    private let ahead: Ahead
    private let hint = LogHint()

    private final class Ahead: Sendable {
        let seconds = Atomic<Int64>(0)
    }

    static func run(
        on database: Database? = nil, policy: AddressPolicy = .development, settings: WebhookSettings? = nil,
        metrics: Metrics = Metrics(), _ body: (Outbox) async throws -> Void
    ) async throws {
        try await TestMarket.run(on: database) { market in
            try await body(try await make(in: market, settings: settings ?? .test(policy: policy), metrics: metrics))
        }
    }

    /// In a database of its own: for a service that runs, which delivers for every retailer that it finds.
    static func runAlone(_ body: (Outbox) async throws -> Void) async throws {
        let database = try await TestDatabase.clone()
        try await run(on: database, body)
        await database.close()
    }

    /// One more retailer of a market.
    static func make(
        in market: TestMarket, settings: WebhookSettings = .test, metrics: Metrics = Metrics()
    ) async throws -> Outbox {
        let retailer = try await market.makeRetailer()
        let outbox = Outbox(
            market: market, retailer: retailer, admin: try await market.key(of: retailer, .admin), settings: settings,
            metrics: metrics, ahead: Ahead())
        try await outbox.attachMonths()
        return outbox
    }

    private init(
        market: TestMarket, retailer: RetailerID, admin: KeyToken, settings: WebhookSettings, metrics: Metrics, ahead: Ahead
    ) {
        self.market = market
        self.retailer = retailer
        self.admin = admin
        self.ahead = ahead
        clock = DeliveryClock { ahead.seconds.load(ordering: .relaxed) }
        self.settings = settings
        delivery = WebhookDelivery(
            market.database, settings, hint: hint, metrics: DeliveryMetrics(metrics), clock: clock,
            world: market.clock.world,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The worker's clock moves on; nobody sleeps.
    func pass(seconds: Int64) { ahead.seconds.add(seconds, ordering: .relaxed) }

    /// Another worker: one whose service has ended sends nothing more.
    func anotherWorker() -> WebhookDelivery {
        WebhookDelivery(
            market.database, settings, hint: LogHint(), metrics: DeliveryMetrics(Metrics()), clock: clock,
            world: market.clock.world,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// As after a write through HTTP on the same node.
    func wake() { hint.wake(retailer) }

    /// Deliveries that wait, due or not.
    func queued() async throws -> Int {
        let retailer = retailer
        return try await market.database.read(as: .worker(retailer)) { tx in
            try tx.one("SELECT count(*) FROM delivery_queue WHERE retailer_id = \(retailer)") { row in try row.next() }
        }
    }

    /// One step in the log, as a node takes it that has all its room.
    func stepInLog(on node: WebhookDelivery? = nil) async throws -> FanOut.Step {
        let room = DirectRoom(places: DeliveryLimits.inFlightMax, deliveries: DeliveryLimits.directMax, open: [:])
        return try await (node ?? delivery).fanOutSome(retailer, room)
    }

    /// Sends what a step took, to the end.
    func send(_ step: FanOut.Step) async throws {
        let runners = delivery.begin(try #require(step.span))
        await withDiscardingTaskGroup { group in
            for endpoint in runners { group.addTask { await delivery.runLine(to: endpoint, of: retailer) } }
        }
    }

    /// Spans that are under way.
    func spans() async throws -> Int {
        let retailer = retailer
        return try await market.database.read(as: .worker(retailer)) { tx in
            try tx.one("SELECT count(*) FROM delivery_span WHERE retailer_id = \(retailer)") { row in try row.next() }
        }
    }

    /// As if what was recorded of a span had not been the last of it.
    func reopen(_ span: DeliverySpan) async throws {
        let (retailer, world, clock) = (retailer, market.clock.world, clock)
        _ = try await market.database.transaction(as: .worker(retailer)) { tx in
            try tx.execute("DELETE FROM delivery_span WHERE retailer_id = \(retailer)")
            try tx.insert(
                span, of: Identifier(at: world.now(), random: (1, 2)),
                until: try clock.now(tx).adding(seconds: DeliveryLimits.leaseSeconds))
        }
    }

    /// Cancels so many statements that wait for a lock.
    func cancelWaitingStatements(atLeast count: Int, in database: Database) async throws {
        var cancelled = 0
        while cancelled < count {
            cancelled += try await database.administer { tx in
                try tx.one(
                    """
                    SELECT count(*) FILTER (WHERE pg_cancel_backend(pid))
                    FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """
                ) { row in try row.next(Int.self) }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Of an endpoint that may be deleted.
    func states(of endpoint: EndpointID) async throws -> [String] {
        let retailer = retailer
        return try await market.database.read(as: .worker(retailer)) { tx in
            try tx.query(
                "SELECT state FROM delivery WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint) ORDER BY position"
            ) { row in try row.next(String.self) }
        }
    }

    /// Returns when nothing is due and nothing under way.
    func settled() async throws {
        let (retailer, clock) = (retailer, clock)
        while true {
            let busy = try await market.database.read(as: .worker(retailer)) { tx in
                let now = try clock.now(tx)
                return try tx.one(
                    """
                    SELECT count(*) + (SELECT count(*) FROM delivery_span WHERE retailer_id = \(retailer))
                        + (SELECT log_head.position - webhook_cursor.position FROM log_head, webhook_cursor
                            WHERE log_head.retailer_id = \(retailer) AND webhook_cursor.retailer_id = \(retailer))
                    FROM delivery_queue
                    JOIN endpoint ON endpoint.retailer_id = \(retailer) AND endpoint.endpoint_id = delivery_queue.endpoint_id
                    WHERE delivery_queue.retailer_id = \(retailer) AND endpoint.state = 'enabled'
                        AND (run_at <= \(now) OR lease_until > \(now))
                    """
                ) { row in try row.next(Int.self) }
            }
            if busy == 0 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    var path: String { "/v1/retailers/\(retailer)/endpoints" }

    @discardableResult
    func append(_ type: String, suppliers: [SupplierID] = []) async throws -> EventID {
        let (retailer, world) = (retailer, market.clock.world)
        let id = world.newID(EventID.self)
        let event = Event(type, about: EventSubject(kind: "campaign", id: "c1"), suppliers: suppliers) { json in
            json.field("name", "Молоко \"3,2 %\"")
        }
        _ = try await market.database.transaction(as: .retailer(retailer)) { tx in
            try tx.append([event], to: retailer, ids: [id], at: world.now())
        }
        return id
    }

    /// The endpoint and its secret.
    func makeEndpoint(
        _ url: String, types: [String] = [], as key: KeyToken? = nil
    ) async throws -> (id: EndpointID, secret: String) {
        let reply = try await market.post(
            path, as: key ?? admin, ["url": .string(url), "event_types": .array(types.map { .string($0) })])
        return (try reply.id(), try #require(reply.json["secret"].string))
    }

    /// The answer to an endpoint made with whatever fields.
    func makeEndpoint(_ fields: [String: JSONValue], as key: KeyToken? = nil) async throws -> JSONValue {
        let reply = try await market.post(path, as: key ?? admin, .object(fields))
        guard reply.status == 201 else { throw UnexpectedReply(status: reply.status, body: reply.text) }
        return reply.json
    }

    func deliveries(of endpoint: EndpointID, as key: KeyToken? = nil) async throws -> [JSONValue] {
        try await market.get("\(path)/\(endpoint)/deliveries", as: key ?? admin).json["data"].elements
    }

    /// So many events in one transaction.
    func append(_ type: String, count: Int) async throws {
        let (retailer, world) = (retailer, market.clock.world)
        _ = try await market.database.transaction(as: .retailer(retailer)) { tx in
            let events = (0..<count).map { _ in Event(type, about: EventSubject(kind: "campaign", id: "c1")) { _ in } }
            try tx.append(events, to: retailer, ids: events.map { _ in world.newID() }, at: world.now())
        }
    }

    /// The market's clock goes on from the database's time: what is logged is as young as what is delivered.
    func followDatabase() async throws {
        let now = try await market.database.read(as: .worker(retailer)) { tx in try DeliveryClock.database.now(tx) }
        market.clock.set(now)
    }

    /// The tests' master key.
    var box: SecretBox { WebhookSettings.test.secretBox }

    /// What else than secrets of an endpoint is sealed, as it is stored.
    func sealed(of endpoint: EndpointID) async throws -> [Bytes] {
        let retailer = retailer
        return try await market.database.read(as: .worker(retailer)) { tx in
            try tx.query("SELECT sealed FROM endpoint_seal WHERE retailer_id = \(retailer) AND endpoint_id = \(endpoint)") {
                row in
                try row.next()
            }
        }
    }

    func attemptCount() async throws -> Int {
        let retailer = retailer
        return try await market.database.read(as: .worker(retailer)) { tx in
            try tx.one("SELECT count(*) FROM delivery_attempt WHERE retailer_id = \(retailer)") { row in try row.next() }
        }
    }

    func endpoint(_ id: EndpointID) async throws -> JSONValue {
        try await market.get("\(path)/\(id)", as: admin).json
    }

    /// A supplier with an agreement, and its admin's key.
    func makeSupplier() async throws -> (id: SupplierID, admin: KeyToken) {
        let supplier = try await market.makeSupplier()
        let agreement = market.clock.world.newID(TypedID<AgreementForTests>.self)
        let retailer = retailer
        _ = try await market.database.transaction(as: .platform) { tx in
            try tx.execute(
                """
                INSERT INTO agreement (
                    retailer_id, agreement_id, supplier_id, name, state, starts_on, ends_on, fee_bp, depth_max_bp,
                    money_holder, insight_scope, scope
                )
                VALUES (
                    \(retailer), \(agreement), \(supplier), 'A', 'active', '2026-01-01', '2026-12-31', 0, 5000, 'retailer',
                    'all', '{}'
                )
                """)
        }
        return (supplier, try await market.key(of: supplier, .admin))
    }

    /// The month of what is logged, and those of attempts, which a running service makes before it sends anything.
    func attachMonths() async throws {
        let (retailer, day, clock) = (retailer, market.clock.now.utcDay, clock)
        _ = try await market.database.transaction(as: .worker(retailer)) { tx in
            try tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('attach_month', 0))")
            try tx.execute("SELECT attach_month('event', \(day))")
            try tx.attachAttemptMonths(around: try clock.now(tx).utcDay)
        }
    }
}

private enum AgreementForTests: IDKind { static let prefix = "agreement" }
