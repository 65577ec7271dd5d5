import App
import EventLog
import HTTPTypes
import JSONText
import Kernel
import Logging
import OutboundHTTP
import Parties
import Postgres
import Sealing
import Telemetry
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// The master key is changed while a node with both keys delivers.
@Suite struct MasterKeyTests {
    private static let (old, new) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    private static let endpoints = 5

    @Test func `while secrets are sealed anew every message is signed, and afterwards the new key alone is enough`() async throws
    {
        let database = try await TestDatabase.clone()
        let before = try SecretBox(masterKey: Self.old)
        let both = try SecretBox(masterKey: Self.new, previous: Self.old)
        let after = try SecretBox(masterKey: Self.new)
        try await TestMarket.run(on: database, webhooks: Self.settings(before)) { market in
            let receiver = try await WebhookReceiver.start()
            let town = try await Endpoints(market, receiver)
            let store = EndpointSecrets(.secrets, database, market.clock.world, batchMax: 2)
            let kept = KeptSecrets(database, market.clock.world)
            let node = town.node(both)

            var batches: [Int] = []
            repeat {
                try await town.tell()
                try await node.deliverOnce(for: town.retailer)
                batches.append(try await store.reseal(both, passing: []).count)
            } while batches.last != 0
            try await town.tell()
            try await town.node(after).deliverOnce(for: town.retailer)
            let standing = try await kept.check(after)

            #expect(batches == [2, 2, 1, 0])
            #expect((standing.current, standing.due) == (Int64(Self.endpoints), 0))
            #expect(receiver.requests.count == Self.endpoints * 5)
            for request in receiver.requests {
                let signature = try Signature.of(request, secret: town.secrets[request.path] ?? "")
                #expect(request.header("webhook-signature") == signature)
            }
            try await town.tell()
            await #expect(throws: SecretBox.Fault.self) { try await town.node(before).deliverOnce(for: town.retailer) }
            await #expect(throws: KeptSecrets.Fault.self) { try await kept.check(before) }
            await receiver.stop()
        }
        await database.close()
    }

    @Test func `a rotation that is broken off is gone on with, and one that has nothing to do changes nothing`() async throws {
        let database = try await TestDatabase.clone()
        let (before, both) = (try SecretBox(masterKey: Self.old), try SecretBox(masterKey: Self.new, previous: Self.old))
        try await TestMarket.run(on: database, webhooks: Self.settings(before)) { market in
            let receiver = try await WebhookReceiver.start()
            _ = try await Endpoints(market, receiver)
            let kept = KeptSecrets(database, market.clock.world)
            let store = EndpointSecrets(.secrets, database, market.clock.world, batchMax: 2)
            let first = try await store.reseal(both, passing: []).count
            let half = try await kept.check(both)
            let rest = try await kept.rotate(to: both).count
            let sealed = try await Self.sealed(database)
            let nothing = try await kept.rotate(to: both).count

            #expect((first, half.current, half.previous) == (2, 2, 3))
            #expect((rest, nothing) == (3, 0))
            #expect(try await Self.sealed(database) == sealed)
            await receiver.stop()
        }
        await database.close()
    }

    @Test(arguments: [1, 200])
    func `a secret that does not open is named and left as it is, and all others are sealed anew`(_ batchMax: Int) async throws {
        let database = try await TestDatabase.clone()
        let (before, both) = (try SecretBox(masterKey: Self.old), try SecretBox(masterKey: Self.new, previous: Self.old))
        try await TestMarket.run(on: database, webhooks: Self.settings(before)) { market in
            let receiver = try await WebhookReceiver.start()
            let town = try await Endpoints(market, receiver)
            let damaged = try await town.damageOne()
            let store = EndpointSecrets(.secrets, database, market.clock.world, batchMax: batchMax)
            let kept = KeptSecrets([store])
            let done = try await kept.rotate(to: both)
            let again = try await kept.rotate(to: both)
            let standing = try await kept.check(both)

            try await town.tell()
            try await town.node(both).deliverOnce(for: town.retailer)
            let messages = try await town.attempts(of: String(damaged.prefix { $0 != " " }))

            #expect(receiver.requests.count == Self.endpoints - 1, "the others hear what happens")
            #expect(messages == ["A secret of the endpoint is damaged: rotate it."])
            #expect(done == ResealedBatch(count: Self.endpoints - 1, damaged: [damaged]))
            #expect(again == ResealedBatch(count: 0, damaged: [damaged]))
            #expect((standing.current, standing.previous) == (Int64(Self.endpoints - 1), 1))
            await receiver.stop()
        }
        await database.close()
    }

    @Test func `Ed25519 keys and own headers are sealed anew with the secrets`() async throws {
        let database = try await TestDatabase.clone()
        let both = try SecretBox(masterKey: Self.new, previous: Self.old)
        let after = try SecretBox(masterKey: Self.new)
        try await TestMarket.run(on: database, webhooks: Self.settings(try SecretBox(masterKey: Self.old))) { market in
            let receiver = try await WebhookReceiver.start()
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)
            let path = "/v1/retailers/\(retailer)/endpoints"
            let made = try await market.post(
                path, as: admin, ["url": .string(receiver.url()), "v1a": true, "headers": ["X-Tenant": "shop 7"]]
            ).json
            let kept = KeptSecrets(database, market.clock.world)

            let sealed = try await kept.rotate(to: both).count
            let standing = try await kept.check(after)
            _ = try await market.post("\(path)/\(made["id"].string ?? "")/test", as: admin)
            let node = WebhookDelivery(
                database, Self.settings(after), hint: LogHint(), metrics: DeliveryMetrics(Metrics()),
                world: market.clock.world, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await node.deliverOnce(for: retailer)

            let request = try #require(receiver.requests.first)
            let signature = try #require(request.header("webhook-signature")?.split(separator: " ").last.map(String.init))
            let key = try #require(made["public_keys"][0].string.flatMap { WebhookPublicKey($0) })
            let timestamp = try #require(request.header("webhook-timestamp").flatMap(Int64.init))
            #expect(sealed == 3)
            #expect((standing.current, standing.due) == (3, 0))
            #expect(request.header("x-tenant") == "shop 7")
            #expect(
                key.verifies(
                    signature, id: request.header("webhook-id") ?? "", timestamp: timestamp, body: request.body))
            await receiver.stop()
        }
        await database.close()
    }

    private static func settings(_ box: SecretBox) -> WebhookSettings {
        WebhookSettings(secretBox: box, policy: .development)
    }

    /// Everything sealed that is stored, in order.
    private static func sealed(_ database: Database) async throws -> [Bytes] {
        var all: [Bytes] = []
        for retailer in try await database.read(as: .workerHome, { tx in try tx.retailersToDeliverFor() }) {
            all += try await database.read(as: .worker(retailer)) { tx in
                try tx.query("SELECT sealed FROM endpoint_secret ORDER BY secret_id") { row in try row.next() }
            }
        }
        return all
    }

    /// A retailer with endpoints at one receiver, and nodes with any keys that deliver to them.
    private struct Endpoints {
        let market: TestMarket
        let retailer: RetailerID
        let admin: KeyToken
        /// By the path that they are called at.
        let secrets: [String: String]
        private let paths: [String]

        init(_ market: TestMarket, _ receiver: WebhookReceiver) async throws {
            self.market = market
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)
            let path = "/v1/retailers/\(retailer)/endpoints"
            var (secrets, paths): ([String: String], [String]) = ([:], [])
            for number in 0..<MasterKeyTests.endpoints {
                let made = try await market.post(path, as: admin, ["url": .string(receiver.url("/hook-\(number)"))])
                secrets["/hook-\(number)"] = made.json["secret"].string
                paths.append("\(path)/\(made.json["id"].string ?? "")")
            }
            self.retailer = retailer
            self.admin = admin
            self.secrets = secrets
            self.paths = paths
        }

        /// Why the first delivery of an endpoint failed, try by try.
        func attempts(of endpoint: String) async throws -> [String] {
            let path = "/v1/retailers/\(retailer)/endpoints/\(endpoint)/deliveries"
            let delivery = try await market.get(path, as: admin).json["data"][0]["id"].string ?? ""
            let attempts = try await market.get("\(path)/\(delivery)/attempts", as: admin).json["data"].elements
            return attempts.map { $0["message"].string ?? "\($0)" }
        }

        /// As a bad sector or a careless hand would; the name under which it is found.
        func damageOne() async throws -> String {
            try await market.database.transaction(as: .worker(retailer)) { [retailer] tx in
                try tx.one(
                    """
                    UPDATE endpoint_secret SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)
                    WHERE retailer_id = \(retailer) AND secret_id = (
                        SELECT secret_id FROM endpoint_secret WHERE retailer_id = \(retailer) ORDER BY secret_id OFFSET 1 LIMIT 1
                    )
                    RETURNING endpoint_id, secret_id
                    """
                ) { row in "\(try row.next(EndpointID.self)) secret \(try row.next(Identifier.self))" }
            }
        }

        func node(_ box: SecretBox) -> WebhookDelivery {
            WebhookDelivery(
                market.database, MasterKeyTests.settings(box), hint: LogHint(), metrics: DeliveryMetrics(Metrics()),
                world: market.clock.world, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        /// Something happens that each endpoint hears of.
        func tell() async throws {
            for path in paths {
                let reply = try await market.send(.post, "\(path)/test", as: admin, nil)
                #expect(reply.status == 202)
            }
        }
    }
}
