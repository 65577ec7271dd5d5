import EventLog
import HTTPSupport
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Synchronization
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

@Suite struct TenancyTests {
    @Test func `nobody reaches another's endpoint: not a foreign retailer, not a rival, not the retailer itself`() async throws {
        try await Outbox.run { outbox in
            let (supplier, rival) = (try await outbox.makeSupplier(), try await outbox.makeSupplier())
            let stranger = try await outbox.market.makeRetailer()
            let foreign = try await outbox.market.key(of: stranger, .admin)
            let endpoint = try await outbox.makeEndpoint("http://127.0.0.1:1/", as: supplier.admin)
            let one = "\(outbox.path)/\(endpoint.id)"
            let span: JSONValue = ["since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"]

            for key in [rival.admin, outbox.admin, foreign] {
                for (method, path, body) in [
                    (HTTPRequest.Method.get, one, nil), (.patch, one, ["rate_per_second": 1]), (.delete, one, nil),
                    (.post, one + "/rotate-secret", [:]), (.post, one + "/test", [:]), (.post, one + "/pause", [:]),
                    (.post, one + "/resume", [:]), (.get, one + "/deliveries", nil), (.post, one + "/recover", span),
                    (.post, one + "/replay-missing", span),
                ] as [(HTTPRequest.Method, String, JSONValue?)] {
                    let reply = try await outbox.market.send(method, path, as: key, body)
                    #expect(reply.status == 404, "\(method) \(path)")
                }
            }
            let listed = try await outbox.market.get(outbox.path, as: rival.admin)
            let own = try await outbox.market.get(outbox.path, as: supplier.admin)

            #expect(listed.json["data"] == [])
            #expect(own.json["data"].elements.map { $0["id"] } == [.string("\(endpoint.id)")])
        }
    }

    @Test func `a supplier's endpoint and feed carry the events that name it, and no others`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let (supplier, rival) = (try await outbox.makeSupplier(), try await outbox.makeSupplier())
            _ = try await outbox.makeEndpoint(receiver.url("/supplier"), as: supplier.admin)
            try await outbox.append("campaign.own", suppliers: [supplier.id])
            try await outbox.append("campaign.rival", suppliers: [rival.id])
            try await outbox.append("campaign.retailer")

            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let path = "/v1/retailers/\(outbox.retailer)/events"
            let feed = try await outbox.market.get(path, as: supplier.admin).json
            let whole = try await outbox.market.get(path + "?after=1&types=campaign.rival,campaign.retailer", as: outbox.admin)
                .json

            #expect(try receiver.requests.map { try JSONReader.parse($0.body)["type"] } == ["campaign.own"])
            #expect(feed["data"].elements.map { $0["type"] } == ["campaign.own"])
            #expect(feed["next_after"] == 1)
            #expect(whole["data"].elements.map { $0["type"] } == ["campaign.rival", "campaign.retailer"])
            #expect(whole["next_after"] == 3)
            await receiver.stop()
        }
    }

    @Test func `a reader of the feed is shown no event before one that commits late, and then misses none`() async throws {
        try await Outbox.run { outbox in
            let (retailer, world) = (outbox.retailer, outbox.market.clock.world)
            let feed = "/v1/retailers/\(retailer)/events"
            let gate = OpenTransaction()
            let (early, whole) = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await outbox.market.database.transaction(as: .retailer(retailer)) { tx in
                        let event = Event("campaign.first", about: EventSubject(kind: "campaign", id: "1")) { _ in }
                        try tx.append(event, to: retailer, in: world)
                        gate.hasAppended.yield()
                        while !gate.mayCommit.load(ordering: .acquiring) { try tx.execute("SELECT pg_sleep(0.005)") }
                    }
                }
                for await _ in gate.appended { break }
                group.addTask { try await outbox.append("campaign.second") }
                let early = try await outbox.market.get(feed + "?after=0", as: outbox.admin).json
                async let waiting = outbox.market.get(feed + "?after=0&wait_seconds=30", as: outbox.admin)
                gate.mayCommit.store(true, ordering: .releasing)
                try await group.waitForAll()
                let first = try await waiting.json
                let rest = try await outbox.market.get(
                    feed + "?after=\(first["next_after"].integer ?? -1)", as: outbox.admin
                ).json
                return (early, first["data"].elements + rest["data"].elements)
            }

            #expect(early["data"] == [])
            #expect(early["next_after"] == 0)
            #expect(whole.map { $0["type"] } == ["campaign.first", "campaign.second"])
            #expect(whole.map { $0["sequence"] } == [1, 2])
        }
    }

    @Test func `what is few among many is found, stretch by stretch`() async throws {
        try await Outbox.run { outbox in
            try await outbox.append("campaign.first")
            try await outbox.append("campaign.other", count: Int(FeedReading.stretchMax) + 10)
            try await outbox.append("campaign.last")
            let feed = "/v1/retailers/\(outbox.retailer)/events?types=campaign.first,campaign.last&after="
            let both = try await outbox.market.get(feed + "0", as: outbox.admin).json
            let one = try await outbox.market.get(feed + "0&limit=1", as: outbox.admin).json
            let next = try await outbox.market.get(feed + "\(one["next_after"].integer ?? -1)&limit=1", as: outbox.admin).json

            #expect(both["data"].elements.map { $0["type"] } == ["campaign.first", "campaign.last"])
            #expect(one["data"].elements.map { $0["type"] } == ["campaign.first"])
            #expect(next["data"].elements.map { $0["type"] } == ["campaign.last"])
            #expect(next["next_after"] == both["next_after"])
        }
    }

    @Test func `an organisation has so many readers of the feed at once`() async throws {
        var limits = Limits.unhurried
        limits.feedReadersOfTenantMax = 1
        try await TestMarket.run(limits: limits) { market in
            let (retailer, other) = (try await market.makeRetailer(), try await market.makeRetailer())
            let (admin, others) = (try await market.key(of: retailer, .admin), try await market.key(of: other, .admin))
            let feed = { @Sendable (retailer: RetailerID) in "/v1/retailers/\(retailer)/events?after=1000000" }
            // Until it is in, one that does not wait may have the place.
            async let waiting = {
                while true {
                    let status = try await market.get(feed(retailer) + "&wait_seconds=8", as: admin).status
                    if status != 503 { return status }
                }
            }()
            var second = try await market.get(feed(retailer), as: admin)
            while second.status == 200 {
                try await Task.sleep(for: .milliseconds(20))
                second = try await market.get(feed(retailer), as: admin)
            }
            let beside = try await market.get(feed(other), as: others).status
            let first = try await waiting
            let later = try await market.get(feed(retailer), as: admin).status

            #expect((second.status, second.json["code"]) == (503, "overloaded"))
            #expect([beside, first, later] == [200, 200, 200])
        }
    }

    @Test func `a reader that waits hears of the next event`() async throws {
        try await Outbox.run { outbox in
            let endpoint = try await outbox.makeEndpoint("http://127.0.0.1:1/")
            async let waiting = outbox.market.get(
                "/v1/retailers/\(outbox.retailer)/events?after=0&wait_seconds=30", as: outbox.admin)
            let sent = try await outbox.market.post("\(outbox.path)/\(endpoint.id)/test", as: outbox.admin)
            let feed = try await waiting

            #expect(sent.status == 202)
            #expect(feed.json["data"].elements.map { $0["type"] } == ["webhook.test"])
        }
    }
}

/// Holds a transaction open until it may commit.
private final class OpenTransaction: Sendable {
    let mayCommit = Atomic<Bool>(false)
    let appended: AsyncStream<Void>
    let hasAppended: AsyncStream<Void>.Continuation

    init() { (appended, hasAppended) = AsyncStream.makeStream(of: Void.self) }
}
