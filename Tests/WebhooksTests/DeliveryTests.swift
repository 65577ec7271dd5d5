import EventLog
import HTTPTypes
import JSONText
import Kernel
import OutboundHTTP
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

@Suite struct DeliveryTests {
    @Test func `an event reaches an endpoint as a signed message, through the running service`() async throws {
        try await Outbox.runAlone { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            let service = Task { try await outbox.delivery.run() }

            let event = try await outbox.append("campaign.launched")
            var arrivals = receiver.arrivals.makeAsyncIterator()
            let request = try #require(await arrivals.next())
            service.cancel()
            _ = try? await service.value

            #expect(
                try JSONReader.parse(request.body) == [
                    "id": .string("\(event)"), "type": "campaign.launched", "timestamp": "2026-03-02T12:00:00Z",
                    "retailer": .string("\(outbox.retailer)"), "subject": ["kind": "campaign", "id": "c1"], "sequence": 1,
                    "data": ["name": "Молоко \"3,2 %\""],
                ])
            #expect(request.header("webhook-id") == "\(event)")
            #expect(request.header("content-type") == "application/json")
            #expect(request.header("webhook-signature") == (try Signature.of(request, secret: endpoint.secret)))
            await receiver.stop()
        }
    }

    @Test func `the very first message of an installation is sent once and noted at once`() async throws {
        try await Outbox.runAlone { outbox in
            let receiver = try await WebhookReceiver.start()
            let service = Task { try await outbox.delivery.run() }
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            for _ in 0..<3 * DeliveryLimits.inFlightPerEndpointMax { try await outbox.append("campaign.launched") }

            let deadline = ContinuousClock.now.advanced(by: .seconds(DeliveryLimits.leaseSeconds / 2))
            var states: [JSONValue] = []
            repeat {
                try await Task.sleep(for: .milliseconds(20))
                states = try await outbox.deliveries(of: endpoint.id).map { $0["state"] }
            } while states.filter { $0 == "delivered" }.count < 12 && ContinuousClock.now < deadline
            service.cancel()
            _ = try? await service.value

            #expect(states == Array(repeating: "delivered", count: 12))
            #expect(receiver.requests.count == 12)
            await receiver.stop()
        }
    }

    @Test func `a delivery and its attempts can be read, and a second pass sends nothing`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url(), types: ["campaign.launched"])
            let event = try await outbox.append("campaign.launched")
            try await outbox.append("campaign.paused")

            let tries = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let again = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let deliveries = try await outbox.deliveries(of: endpoint.id)
            let id = try #require(deliveries.first?["id"].string)
            let attempts = try await outbox.market.get(
                "\(outbox.path)/\(endpoint.id)/deliveries/\(id)/attempts", as: outbox.admin
            ).json["data"].elements

            #expect((tries, again) == (1, 0))
            #expect(deliveries.map { $0["event_id"] } == [.string("\(event)")])
            #expect(deliveries.map { $0["state"] } == ["delivered"])
            #expect(attempts.map { $0["number"] } == [1])
            #expect(attempts.map { $0["status"] } == [200])
            #expect(attempts.first?["remote_address"] == "127.0.0.1")
            #expect((attempts.first?["durations_us"]["total"].integer ?? 0) > 0)
            await receiver.stop()
        }
    }

    @Test func `a failing receiver is tried ten times with growing delays, then the delivery stands as failed`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { _ in .status(500) }
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")

            var tries = [try await outbox.delivery.deliverOnce(for: outbox.retailer)]
            for delay in RetrySchedule.delaySeconds.dropFirst() {
                outbox.pass(seconds: delay * 7 / 10)
                // Real time passes as well: of the five seconds it may take the rest.
                if delay > 60 { tries.append(try await outbox.delivery.deliverOnce(for: outbox.retailer)) }
                outbox.pass(seconds: delay * 6 / 10 + 1)
                tries.append(try await outbox.delivery.deliverOnce(for: outbox.retailer))
            }
            let deliveries = try await outbox.deliveries(of: endpoint.id)

            #expect(tries == [1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
            #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 1)
            #expect(Set(receiver.requests.map(\.body)).count == 1)
            #expect(deliveries.first?["state"] == "failed")
            #expect(deliveries.first?["attempts"] == 10)
            #expect(deliveries.first?["last_status"] == 500)
            await receiver.stop()
        }
    }

    @Test func `a receiver that answers 410 is disabled at once, and an event says so`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/gone" ? .status(410) : .status(200) }
            let gone = try await outbox.makeEndpoint(receiver.url("/gone"))
            _ = try await outbox.makeEndpoint(receiver.url("/other"), types: ["endpoint.disabled"])
            try await outbox.append("campaign.launched")

            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            try await outbox.append("campaign.paused")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let state = try await outbox.endpoint(gone.id)

            #expect(state["state"] == "disabled")
            #expect(state["disabled_reason"] == "gone")
            #expect(receiver.requests.filter { $0.path == "/gone" }.count == 1)
            let told = receiver.requests.filter { $0.path == "/other" }
            #expect(told.count == 1)
            let body = try JSONReader.parse(told.first?.body ?? [])
            #expect(body["type"] == "endpoint.disabled")
            #expect(body["data"]["endpoint_id"] == .string("\(gone.id)"))
            #expect(body["data"]["reason"] == "gone")
            #expect(try await outbox.deliveries(of: gone.id).map { $0["state"] } == ["failed"])
            await receiver.stop()
        }
    }

    @Test func `a slow endpoint takes its four places and delays no other`() async throws {
        try await Outbox.runAlone { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/slow" ? .hold : .status(200) }
            _ = try await outbox.makeEndpoint(receiver.url("/slow"))
            _ = try await outbox.makeEndpoint(receiver.url("/fast"))
            for _ in 0..<20 { try await outbox.append("campaign.launched") }
            let service = Task { try await outbox.delivery.run() }

            var (fast, slow) = (0, 0)
            for await request in receiver.arrivals {
                if request.path == "/fast" { fast += 1 } else { slow += 1 }
                if fast >= 20 && slow >= 4 { break }
            }
            let held = receiver.requests.filter { $0.path == "/slow" }.count
            service.cancel()
            _ = try? await service.value

            // On a loaded machine the first four may meet their timeout, which frees their places once.
            #expect(fast == 20)
            #expect((4...8).contains(held))
            await receiver.stop()
        }
    }

    @Test func `a private address is refused and stands in the attempt log`() async throws {
        try await Outbox.run(policy: AddressPolicy(allowsPlainHTTP: true)) { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")

            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let delivery = try #require(try await outbox.deliveries(of: endpoint.id).first)
            let attempts = try await outbox.market.get(
                "\(outbox.path)/\(endpoint.id)/deliveries/\(delivery["id"].string ?? "")/attempts", as: outbox.admin
            ).json["data"]

            #expect(receiver.requests.isEmpty)
            #expect(delivery["state"] == "pending")
            #expect(delivery["last_failure"] == "blocked_address")
            #expect(attempts[0]["failure"] == "blocked_address")
            #expect(attempts[0]["message"] == "The address is not allowed: loopback.")
            #expect(attempts[0]["remote_address"] == nil)
            await receiver.stop()
        }
    }

    @Test func `when a worker dies its lease runs out, another delivers, and the late answer of the first is fenced`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")
            try await outbox.delivery.fanOut(outbox.retailer)
            let stuck = try await outbox.delivery.claim(outbox.retailer)

            let early = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            outbox.pass(seconds: DeliveryLimits.leaseSeconds + 1)
            let late = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            for message in stuck { await outbox.delivery.send(message) }
            let delivery = try #require(try await outbox.deliveries(of: endpoint.id).first)

            #expect((stuck.count, early, late) == (1, 0, 1))
            #expect(receiver.requests.count == 2)
            #expect(delivery["state"] == "delivered")
            #expect(delivery["attempts"] == 1)
            await receiver.stop()
        }
    }

    @Test func `an event that commits late is not skipped`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            _ = try await outbox.makeEndpoint(receiver.url())
            let (retailer, world) = (outbox.retailer, outbox.market.clock.world)
            let mayCommit = CommitGate()
            let (appended, hasAppended) = AsyncStream.makeStream(of: Void.self)
            let (first, second) = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await outbox.market.database.transaction(as: .retailer(retailer)) { tx in
                        let event = Event("campaign.first", about: EventSubject(kind: "campaign", id: "1")) { _ in }
                        try tx.append(event, to: retailer, in: world)
                        hasAppended.yield()
                        while !mayCommit.isOpen.load(ordering: .acquiring) { try tx.execute("SELECT pg_sleep(0.005)") }
                    }
                }
                for await _ in appended { break }
                group.addTask { try await outbox.append("campaign.second") }
                let early = try await outbox.delivery.deliverOnce(for: retailer)
                mayCommit.isOpen.store(true, ordering: .releasing)
                try await group.waitForAll()
                return (early, try await outbox.delivery.deliverOnce(for: retailer))
            }

            #expect((first, second) == (0, 2))
            #expect(
                Set(try receiver.requests.map { try JSONReader.parse($0.body)["type"].string })
                    == ["campaign.first", "campaign.second"])
            await receiver.stop()
        }
    }
}

/// Lets a transaction go on to its commit.
final class CommitGate: Sendable {
    let isOpen = Atomic<Bool>(false)
}
