import Crypto
import EventLog
import Glibc
import HTTPSupport
import JSONText
import Kernel
import Logging
import OutboundHTTP
import Parties
import Postgres
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
    private let ahead: Ahead

    private final class Ahead: Sendable {
        let seconds = Atomic<Int64>(0)
    }

    static func run(
        on database: Database? = nil, policy: AddressPolicy = .development, _ body: (Outbox) async throws -> Void
    ) async throws {
        try await TestMarket.run(on: database) { market in
            let retailer = try await market.makeRetailer()
            let outbox = Outbox(
                market: market, retailer: retailer, admin: try await market.key(of: retailer, .admin), policy: policy,
                ahead: Ahead())
            try await outbox.attachMonth()
            try await body(outbox)
        }
    }

    private init(market: TestMarket, retailer: RetailerID, admin: KeyToken, policy: AddressPolicy, ahead: Ahead) {
        self.market = market
        self.retailer = retailer
        self.admin = admin
        self.ahead = ahead
        delivery = WebhookDelivery(
            market.database, .test(policy: policy), hint: LogHint(), metrics: DeliveryMetrics(Metrics()),
            clock: DeliveryClock { ahead.seconds.load(ordering: .relaxed) }, world: market.clock.world,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The worker's clock moves on; nobody sleeps.
    func pass(seconds: Int64) { ahead.seconds.add(seconds, ordering: .relaxed) }

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

    func deliveries(of endpoint: EndpointID, as key: KeyToken? = nil) async throws -> [JSONValue] {
        try await market.get("\(path)/\(endpoint)/deliveries", as: key ?? admin).json["data"].elements
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

    private func attachMonth() async throws {
        let (retailer, day) = (retailer, market.clock.now.utcDay)
        _ = try await market.database.transaction(as: .worker(retailer)) { tx in
            try tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('attach_month', 0))")
            try tx.execute("SELECT attach_month('event', \(day))")
        }
    }
}

private enum AgreementForTests: IDKind { static let prefix = "agreement" }

/// A signature computed apart from the code under test, and a line for the public library of another language.
enum Signature {
    static func of(_ request: WebhookReceiver.Request, secret: String) throws -> String {
        let key = try #require(Base64.decode(String(secret.dropFirst("whsec_".count))))
        let id = try #require(request.header("webhook-id"))
        let timestamp = try #require(request.header("webhook-timestamp"))
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(timestamp).".utf8) + request.body, using: SymmetricKey(data: key))
        try record(request, secret)
        return "v1," + Base64.encode(Array(code))
    }

    private static let file = Mutex<Int32?>(
        unsafe getenv("TRADEWIND_WEBHOOK_BODIES").map { unsafe open($0, O_WRONLY | O_CREAT | O_APPEND, 0o644) })

    private static func record(_ request: WebhookReceiver.Request, _ secret: String) throws {
        file.withLock { file in
            guard let file else { return }
            var json = JSONWriter()
            json.object { json in
                json.field("secret", secret)
                json.object("headers") { json in
                    for header in request.headers where header.name.hasPrefix("webhook-") {
                        json.field(header.name, header.value)
                    }
                }
                json.field("body", String(decoding: request.body, as: UTF8.self))
            }
            let line = json.bytes + [UInt8(ascii: "\n")]
            unsafe _ = line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        }
    }
}
