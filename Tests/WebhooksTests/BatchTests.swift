import EventLog
import HTTPTypes
import JSONText
import Kernel
import TestSupport
import Testing

@testable import Webhooks

/// Several events in one message, where an endpoint's owner asked for that.
@Suite struct BatchTests {
    private func ids(_ request: WebhookReceiver.Request) throws -> [String] {
        try JSONReader.parse(request.body)["events"].elements.compactMap { $0["id"].string }
    }

    @Test func `a batch carries events in order, is signed as one, and each is a delivery of its own`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let made = try await outbox.makeEndpoint(["url": .string(receiver.url()), "batch_max": 10])
            let id: EndpointID = try #require(made["id"].string.flatMap(EndpointID.init))
            var events: [String] = []
            for _ in 0..<25 { events.append("\(try await outbox.append("campaign.launched"))") }

            let tries = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let requests = receiver.requests
            let deliveries = try await outbox.deliveries(of: id)

            #expect(tries == 25)
            let carried = try requests.map(ids)
            #expect(carried.map(\.count).sorted() == [5, 10, 10])
            #expect(carried.flatMap(\.self).sorted() == events.sorted())
            for batch in carried { #expect(batch == events.filter { batch.contains($0) }) }
            #expect(Set(requests.compactMap { $0.header("webhook-id") }).count == 3)
            for request in requests {
                #expect(
                    request.header("webhook-signature")
                        == (try Signature.of(request, secret: made["secret"].string ?? "")))
            }
            #expect(deliveries.map { $0["state"] } == [JSONValue](repeating: "delivered", count: 25))
            await receiver.stop()
        }
    }

    @Test func `a batch that fails comes again with the same id and bytes, and counts once for the breaker`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { _ in .status(500) }
            let made = try await outbox.makeEndpoint(["url": .string(receiver.url()), "batch_max": 100])
            let id: EndpointID = try #require(made["id"].string.flatMap(EndpointID.init))
            for _ in 0..<12 { try await outbox.append("campaign.launched") }

            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            outbox.pass(seconds: 7)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let deliveries = try await outbox.deliveries(of: id)

            let requests = receiver.requests
            try #require(requests.count == 2)
            #expect(Set(requests.map { $0.header("webhook-id") }).count == 1)
            #expect(requests[0].body == requests[1].body)
            #expect(deliveries.allSatisfy { $0["attempts"] == 2 && $0["last_status"] == 500 })
            await receiver.stop()
        }
    }

    @Test func `what finds no room in a batch is left for the next one`() {
        let retailer = RetailerID(Identifier(high: 1, low: 1))
        let envelopes = (1...5).map { position in
            Envelope(
                retailer: retailer,
                event: LoggedEvent(
                    position: Int64(position), id: EventID(Identifier(high: 2, low: UInt64(position))), type: "a.b",
                    subject: EventSubject(kind: "a", id: "b"), suppliers: [], occurredAt: Instant(microseconds: 0),
                    data: Array("{\"text\":\"\(String(repeating: "a", count: 1000))\"}".utf8)))
        }
        let size = envelopes[0].jsonBytes.count
        let whole = MessageBody(batch: envelopes, bytesMax: 100_000)
        let some = MessageBody(batch: envelopes, bytesMax: 3 * size)
        let one = MessageBody(batch: envelopes, bytesMax: 10)

        #expect((whole.count, some.count, one.count) == (5, 2, 1))
        #expect(some.bytes.count <= 3 * size)
        #expect(Set([whole.id, some.id, one.id]).count == 3)
        #expect(some.id == MessageBody(batch: Array(envelopes.prefix(2)), bytesMax: 100_000).id)
    }
}
