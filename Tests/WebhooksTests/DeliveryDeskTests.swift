import EventLog
import HTTPTypes
import JSONText
import Kernel
import Parties
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// Deliveries by the operator's hand.
@Suite struct DeliveryDeskTests {
    private func author(_ outbox: Outbox) -> @Sendable (Scope) -> Author {
        let world = outbox.market.clock.world
        return { scope in
            Author(
                principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
                scope: scope, requestID: "cli", world: world)
        }
    }

    @Test func `an operator lists, inspects and replays deliveries of a supplier too, and the audit tells it`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/bad" ? .status(500) : .status(200) }
            let supplier = try await outbox.makeSupplier()
            let own = try await outbox.makeEndpoint(receiver.url("/own"))
            let bad = try await outbox.makeEndpoint(receiver.url("/bad"), as: supplier.admin)
            try await outbox.append("campaign.first", suppliers: [supplier.id])
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let desk = DeliveryDesk(outbox.market.database)

            let all = try await desk.list(at: outbox.retailer, to: nil, in: nil, limit: 10)
            let pending = try await desk.list(at: outbox.retailer, to: bad.id, in: .pending, limit: 10)
            let id = try #require(pending.first?.id)
            let seen = try #require(try await desk.inspect(id, at: outbox.retailer))
            let delivered = try #require(all.first { $0.endpoint == own.id })
            let again = try await desk.replay(delivered.id, at: outbox.retailer, by: author(outbox))
            _ = try await desk.replay(id, at: outbox.retailer, by: author(outbox))
            let tries = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let stranger = try await outbox.market.makeRetailer()
            let elsewhere = try await desk.inspect(id, at: stranger)
            let audit = try await outbox.market.get(
                "/v1/retailers/\(outbox.retailer)/audit?action=delivery.resent", as: supplier.admin)

            #expect(all.count == 2)
            #expect(pending.map(\.endpoint) == [bad.id])
            #expect(seen.supplier == supplier.id)
            #expect(seen.attemptLines.count == 1 && seen.attemptLines[0].contains("  500  "))
            #expect(again.state == .pending)
            #expect(tries == 2)
            #expect(elsewhere == nil)
            #expect(audit.json["data"].elements.map { $0["subject_id"] } == [.string("\(id)")])
            await receiver.stop()
        }
    }

    @Test func `what failed in a span is replayed page by page, and what was missed on request`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/gone" ? .status(410) : .status(200) }
            try await outbox.append("campaign.before")
            let endpoint = try await outbox.makeEndpoint(receiver.url("/gone"))
            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let one = "\(outbox.path)/\(endpoint.id)"
            _ = try await outbox.market.patch(one, as: outbox.admin, ["url": .string(receiver.url("/good"))])
            _ = try await outbox.market.post(one + "/resume", as: outbox.admin)
            let desk = DeliveryDesk(outbox.market.database)
            let span = (since: Instant("2020-01-01T00:00:00Z")!, until: Instant("2100-01-01T00:00:00Z")!)

            let failed = try await desk.replay(
                to: endpoint.id, since: span.since, until: span.until, missing: false, at: outbox.retailer, by: author(outbox))
            let missing = try await desk.replay(
                to: endpoint.id, since: span.since, until: span.until, missing: true, at: outbox.retailer, by: author(outbox))
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            #expect(failed == 1)
            // The event before the endpoint, and the one that told of its end.
            #expect(missing == 2)
            #expect(receiver.requests.filter { $0.path == "/good" }.count == 3)
            await #expect(throws: Problem.self) {
                try await desk.replay(DeliveryID(Identifier(high: 1, low: 1)), at: outbox.retailer, by: author(outbox))
            }
            await receiver.stop()
        }
    }

    @Test func `a signature is checked by hand, element by element`() throws {
        let world = TestClock().world
        let (secret, other) = (WebhookSecret(in: world), WebhookSecret(in: world))
        let key = try SigningKey(in: world)
        let body = Array("{\"a\":1}".utf8)
        let elements = [
            other.signature(id: "event_1", timestamp: 100, body: body),
            secret.signature(id: "event_1", timestamp: 100, body: body),
            try key.signature(id: "event_1", timestamp: 100, body: body),
        ]
        let check = SignatureCheck(id: "event_1", timestamp: 100, signatures: elements.joined(separator: " "), body: body)
        let changed = SignatureCheck(id: "event_2", timestamp: 100, signatures: check.signatures, body: body)
        let bySecret = try #require(SignatureCheck.Key(secret.text))
        let byKey = try #require(SignatureCheck.Key(key.publicKey.text))

        #expect(check.verdicts(by: bySecret).map(\.verdict) == [.differs, .verifies, .otherVersion])
        #expect(check.verdicts(by: byKey).map(\.verdict) == [.otherVersion, .otherVersion, .verifies])
        #expect(changed.verdicts(by: bySecret).map(\.verdict) == [.differs, .differs, .otherVersion])
        #expect(changed.verdicts(by: byKey).map(\.verdict) == [.otherVersion, .otherVersion, .differs])
        #expect([-200, -201, 400, 401].map { check.isTimely(at: $0) } == [true, false, true, false])
        #expect(!check.isTimely(at: Int64.min))
        #expect(SignatureCheck.Key("whsec_AAAA") == nil)
    }
}
