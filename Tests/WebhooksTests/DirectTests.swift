import EventLog
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// What goes straight from the log to endpoints that answer, without the queue.
@Suite struct DirectTests {
    @Test func `what goes straight is on file once, with its attempt, and leaves neither a row in the queue nor a span`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched", count: 30)

            let step = try await outbox.stepInLog()
            let (queued, spans) = (try await outbox.queued(), try await outbox.spans())
            try await outbox.send(step)
            let deliveries = try await outbox.deliveries(of: endpoint.id)

            #expect((step.events, step.queued, queued, spans) == (30, 0, 0, 1))
            #expect(deliveries.map { $0["state"] } == Array(repeating: "delivered", count: 30))
            #expect(deliveries.map { $0["attempts"] } == Array(repeating: 1, count: 30))
            #expect(Set(deliveries.map { $0["sequence"].integer }) == Set((1...30).map { Int64($0) }))
            #expect(try await outbox.attemptCount() == 30)
            #expect(try await (outbox.queued(), outbox.spans()) == (0, 0))
            #expect(receiver.requests.count == 30)
            await receiver.stop()
        }
    }

    @Test func `when a node dies with a span, another puts what is not on file into the queue, and late answers are fenced`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched", count: 3)
            let dead = try await outbox.stepInLog()

            let other = outbox.anotherWorker()
            let early = try await other.deliverOnce(for: outbox.retailer)
            outbox.pass(seconds: DeliveryLimits.leaseSeconds + 1)
            let late = try await other.deliverOnce(for: outbox.retailer)
            try await outbox.send(dead)
            let deliveries = try await outbox.deliveries(of: endpoint.id)

            #expect((dead.span?.deliveryCount, early, late) == (3, 0, 3))
            #expect(receiver.requests.count == 6)
            #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 3)
            #expect(deliveries.map { $0["state"] } == ["delivered", "delivered", "delivered"])
            #expect(deliveries.map { $0["attempts"] } == [1, 1, 1])
            #expect(try await (outbox.attemptCount(), outbox.spans()) == (3, 0))
            await receiver.stop()
        }
    }

    @Test func `what was committed without an answer is found, and not written again`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched", count: 3)
            let step = try await outbox.stepInLog()
            let span = try #require(step.span)
            let deliveries = span.lines.flatMap(\.messages).flatMap(\.deliveries)
            // The first outcome of three: the span stands until the others are there too.
            let first = [FinishedTry(deliveries[0], nil, isFirstOfMessage: true)]
            let command = { (mayStand: Bool) in
                CompleteAttempts(
                    retailer: outbox.retailer, tries: first, successes: [:], spans: [span.id: [endpoint.id: 1]],
                    clock: outbox.clock, world: outbox.market.clock.world, mayStand: mayStand)
            }
            let write = { (command: CompleteAttempts) in
                try await outbox.market.database.transaction(as: .worker(outbox.retailer)) { tx in try command.run(in: tx) }
            }
            let unwritten = try await write(command(true))
            let again = try await write(command(true))
            let states = try await outbox.states(of: endpoint.id)

            #expect((unwritten.fenced, again.fenced) == (0, 0))
            #expect(states == ["pending"])
            #expect(try await (outbox.queued(), outbox.spans()) == (1, 1))
            await receiver.stop()
        }
    }

    @Test func `what is on file of a span when its node dies is not sent again`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            _ = try await outbox.makeEndpoint(receiver.url("/a"), types: ["campaign.launched"])
            _ = try await outbox.makeEndpoint(receiver.url("/b"), types: ["campaign.paused"])
            try await outbox.append("campaign.launched")
            try await outbox.append("campaign.paused")
            let step = try await outbox.stepInLog()
            let span = try #require(step.span)
            let first = try #require(span.lines.first)

            let runners = outbox.delivery.begin(
                DeliverySpan(
                    id: span.id, retailer: span.retailer, afterPosition: span.afterPosition, untilPosition: span.untilPosition,
                    lines: [first]))
            for endpoint in runners { await outbox.delivery.runLine(to: endpoint, of: outbox.retailer) }
            try await outbox.reopen(span)
            outbox.pass(seconds: DeliveryLimits.leaseSeconds + 1)
            try await outbox.anotherWorker().deliverOnce(for: outbox.retailer)

            #expect(receiver.requests.count == 2)
            #expect(Set(receiver.requests.map(\.path)) == ["/a", "/b"])
            await receiver.stop()
        }
    }

    @Test func `when a receiver fails, what is behind it in its line goes to the queue without a try`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { _ in .status(500) }
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched", count: 50)

            let sent = try await outbox.stepInLog()
            try await outbox.send(sent)
            let deliveries = try await outbox.deliveries(of: endpoint.id)
            let tried = deliveries.filter { $0["attempts"] == 1 }.count

            #expect(sent.span?.deliveryCount == 50)
            #expect(deliveries.map { $0["state"] } == Array(repeating: "pending", count: 50))
            #expect((1...DeliveryLimits.inFlightPerEndpointMax).contains(tried))
            #expect(receiver.requests.count == tried)
            #expect(try await (outbox.queued(), outbox.spans()) == (50, 0))
            await receiver.stop()
        }
    }

    @Test func `an endpoint that is failing, paused, out of its rate or behind in its queue is not sent to from the log`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/bad" ? .status(500) : .status(200) }
            let bad = try await outbox.makeEndpoint(receiver.url("/bad"), types: ["campaign.launched"])
            try await outbox.append("campaign.launched")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let behind = try await outbox.makeEndpoint(receiver.url("/behind"), types: ["campaign.paused"])
            try await outbox.append("campaign.paused")
            try await outbox.delivery.fanOut(outbox.retailer)
            _ = try await outbox.makeEndpoint(
                ["url": .string(receiver.url("/slow")), "event_types": ["campaign.resumed"], "rate_per_second": 5])

            for type in ["campaign.launched", "campaign.paused"] { try await outbox.append(type) }
            try await outbox.append("campaign.resumed", count: 12)
            let step = try await outbox.stepInLog()

            #expect(step.queued == 1 + 1 + 7)
            #expect(step.span?.deliveryCount == 5)
            #expect(step.span?.lines.contains { [bad.id, behind.id].contains($0.endpoint) } == false)
            try await outbox.send(step)
            await receiver.stop()
        }
    }

    @Test func `of an endpoint that is deleted while its message is under way a failure is not tried again`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { _ in .status(500) }
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")
            let step = try await outbox.stepInLog()
            _ = try await outbox.market.send(.delete, "\(outbox.path)/\(endpoint.id)", as: outbox.admin, nil)

            try await outbox.send(step)

            #expect(try await outbox.states(of: endpoint.id) == ["cancelled"])
            #expect(try await (outbox.queued(), outbox.spans()) == (0, 0))
            await receiver.stop()
        }
    }

    @Test func `what is under way is not missing`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            try await outbox.followDatabase()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")
            let step = try await outbox.stepInLog()
            try await outbox.append("campaign.paused")
            let span: JSONValue = ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"]

            let replayed = try await outbox.market.post(
                "\(outbox.path)/\(endpoint.id)/replay-missing", as: outbox.admin, span)
            try await outbox.send(step)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            #expect(replayed.json == ["queued": 0, "more": false])
            #expect(receiver.requests.count == 2)
            await receiver.stop()
        }
    }

    @Test func `two nodes together have no more than four requests under way to an endpoint`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            let other = outbox.anotherWorker()
            var spans: [DeliverySpan] = []
            for (count, node) in [(2, outbox.delivery), (3, other), (4, outbox.delivery), (4, other)] {
                try await outbox.append("campaign.launched", count: count)
                let step = try await outbox.stepInLog(on: node)
                if let span = step.span { spans.append(span) }
            }
            let claimed = try await other.claim(outbox.retailer)
            let most = { (node: Int) in stride(from: node, to: spans.count, by: 2).map { spans[$0].lines[0].slots }.max() ?? 0 }

            #expect(spans.map { $0.lines.first?.endpoint } == Array(repeating: endpoint.id, count: spans.count))
            #expect(most(0) + most(1) + claimed.count <= DeliveryLimits.inFlightPerEndpointMax)
            await receiver.stop()
        }
    }

    @Test func `when the clock jumps ahead a message under way comes twice and stands once, set back it holds up nothing new`()
        async throws
    {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint =
                try await outbox.makeEndpoint(
                    ["url": .string(receiver.url()), "rate_per_second": 2])["id"].string ?? ""
            try await outbox.append("campaign.launched", count: 2)
            let step = try await outbox.stepInLog()
            outbox.pass(seconds: 7_200)
            try await outbox.anotherWorker().deliverOnce(for: outbox.retailer)
            try await outbox.send(step)
            let ahead = receiver.requests.count
            outbox.pass(seconds: -7_200)
            try await outbox.append("campaign.paused", count: 2)
            let held = try await outbox.stepInLog()
            outbox.pass(seconds: -7_200)
            try await outbox.anotherWorker().deliverOnce(for: outbox.retailer)
            try await outbox.send(held)
            try await outbox.append("campaign.resumed")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let fresh = receiver.requests.filter { String(decoding: $0.body, as: UTF8.self).contains("resumed") }.count
            // The queue's rows are of the time before: they wait for as much.
            outbox.pass(seconds: 7_200)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let deliveries = try await outbox.market.get("\(outbox.path)/\(endpoint)/deliveries", as: outbox.admin)
            #expect((ahead, fresh) == (4, 1))
            #expect(deliveries.json["data"].elements.map { $0["state"] } == Array(repeating: "delivered", count: 5))
            #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 5)
            #expect(try await (outbox.queued(), outbox.spans()) == (0, 0))
            await receiver.stop()
        }
    }

    @Test func `outcomes that PostgreSQL does not take wait until it does, and nothing is sent again`() async throws {
        let database = try await TestDatabase.clone()
        try await Outbox.run(on: database) { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            // Makes the months of attempts.
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            try await outbox.append("campaign.launched", count: 20)
            let step = try await outbox.stepInLog()
            let mayGoOn = CommitGate()
            let (locked, isLocked) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await database.transaction(as: Session(role: "tradewind_owner")) { tx in
                        try tx.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
                        isLocked.yield()
                        while !mayGoOn.isOpen.load(ordering: .acquiring) { try tx.execute("SELECT pg_sleep(0.005)") }
                    }
                }
                for await _ in locked { break }
                group.addTask { try await outbox.send(step) }
                for await _ in receiver.arrivals where receiver.requests.count == 20 { break }
                try await outbox.cancelWaitingStatements(atLeast: 2, in: database)
                mayGoOn.isOpen.store(true, ordering: .releasing)
                try await group.waitForAll()
            }

            #expect(try await outbox.states(of: endpoint.id) == Array(repeating: "delivered", count: 20))
            #expect(receiver.requests.count == 20)
            #expect(try await (outbox.queued(), outbox.spans()) == (0, 0))
            await receiver.stop()
        }
        await database.close()
    }
}
