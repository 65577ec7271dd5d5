import EventLog
import HTTPTypes
import JSONText
import Kernel
import OutboundHTTP
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Webhooks

/// Receivers that do what they can against us, beside some that are well.
@Suite struct HostileReceiversTests {
    private static let events = 6
    private static let good = 10

    /// What a hostile receiver does, and what the attempt log says of it.
    private static let wicked: [(path: String, status: Int64?, failure: String?)] = [
        ("/hang", nil, "timeout"), ("/drip", nil, "timeout"), ("/reset", nil, "connection"), ("/fails", 500, nil),
        ("/endless", nil, "too_large"), ("/headers", nil, "too_large"), ("/redirect", 302, nil), ("/gone", 410, nil),
        ("/certificate", nil, "tls"),
    ]

    @Test
    func `the good get everything at once, of the wicked each is told apart, and nothing is lost`() async throws {
        let settings = WebhookSettings(
            secretBox: WebhookSettings.test.secretBox, policy: .development, requestTimeout: .seconds(5))
        // A service of its own follows all retailers of a database.
        let database = try await TestDatabase.clone()
        try await WrongCertificate.run { certificate in
            try await Outbox.run(on: database, settings: settings) { outbox in
                let witness = LoopbackServer { _ in .status("200 OK") }
                let receiver = try await WebhookReceiver.start()
                let hostile = Self.server(redirectingTo: witness.port)
                var good: Set<EndpointID> = []
                for number in 0..<Self.good { good.insert(try await outbox.makeEndpoint(receiver.url("/good-\(number)")).id) }
                var bad: [(id: EndpointID, path: String)] = []
                for (path, _, _) in Self.wicked {
                    let url =
                        path == "/certificate"
                        ? "https://127.0.0.1:\(certificate.port)/" : "http://127.0.0.1:\(hostile.port)\(path)"
                    bad.append((try await outbox.makeEndpoint(url, types: ["campaign.launched"]).id, path))
                }

                let waited = try await Self.storm(outbox, receiver)
                for (id, path) in bad { try await Self.expectTold(of: id, at: path, outbox) }
                let witnessed = witness.connectionCount
                try await Self.recover(bad.map(\.id), at: receiver, outbox)

                #expect(waited < settings.requestTimeout, "the good waited for the wicked: \(waited)")
                #expect(witnessed == 0)
                #expect(certificate.requests == "")
                let arrived = Dictionary(grouping: receiver.requests, by: \.path).mapValues { requests in
                    Set(requests.compactMap { $0.header("webhook-id") }).count
                }
                for number in 0..<Self.good { #expect((arrived["/good-\(number)"] ?? 0) >= Self.events) }
                for (id, path) in bad { #expect(arrived["/again/\(id)"] == Self.events, "\(path)") }
                await receiver.stop()
                hostile.stop()
                witness.stop()
            }
        }
        await database.close()
    }

    private static func server(redirectingTo port: UInt16) -> LoopbackServer {
        LoopbackServer { received in
            switch received.head.split(separator: " ").dropFirst().first.map(String.init) {
            case "/hang": .hang
            case "/drip": .drip(everyMillis: 200)
            case "/reset": .reset
            case "/endless": .endless
            case "/headers": .endlessHeaders
            case "/redirect": .status("302 Found", headers: ["Location: http://127.0.0.1:\(port)/inside"])
            case "/gone": .status("410 Gone")
            default: .status("500 Oops")
            }
        }
    }

    /// Appends while the service runs, until the good have everything. How long the last of them waited for its event.
    private static func storm(_ outbox: Outbox, _ receiver: WebhookReceiver) async throws -> Duration {
        let service = Task { try await outbox.delivery.run() }
        var (longest, arrivals) = (Duration.zero, receiver.arrivals.makeAsyncIterator())
        for _ in 0..<events {
            let start = ContinuousClock.now
            try await outbox.append("campaign.launched")
            outbox.wake()
            var left = good
            while left > 0, let request = await arrivals.next() {
                if String(decoding: request.body, as: UTF8.self).contains("campaign.launched") { left -= 1 }
            }
            longest = max(longest, ContinuousClock.now - start)
        }
        // Each of the wicked has had its first tries when none is under way any more.
        try await outbox.settled()
        service.cancel()
        _ = try? await service.value
        return longest
    }

    private static func expectTold(of id: EndpointID, at path: String, _ outbox: Outbox) async throws {
        let expected = try #require(wicked.first { $0.path == path })
        let deliveries = try await outbox.deliveries(of: id)
        let tried = deliveries.filter { ($0["attempts"].integer ?? 0) > 0 }
        // Events after the one that ended it are not for the receiver that is gone.
        #expect(path == "/gone" ? (1...events).contains(deliveries.count) : deliveries.count == events, "\(path)")
        #expect(!tried.isEmpty, "\(path)")
        for delivery in tried {
            #expect(delivery["last_status"].integer == expected.status, "\(path)")
            #expect(delivery["last_failure"].string == expected.failure, "\(path)")
            #expect(delivery["state"] != "delivered", "\(path)")
        }
        let state = try await outbox.endpoint(id)["state"]
        #expect(state == (path == "/gone" ? "disabled" : "enabled"), "\(path)")
    }

    /// Their owners put them right; what failed is recovered, what waits is due in time, what was never for the one that was
    /// disabled is asked for.
    private static func recover(_ endpoints: [EndpointID], at receiver: WebhookReceiver, _ outbox: Outbox) async throws {
        let span: JSONValue = ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"]
        for id in endpoints {
            let one = "\(outbox.path)/\(id)"
            _ = try await outbox.market.patch(one, as: outbox.admin, ["url": .string(receiver.url("/again/\(id)"))])
            if try await outbox.endpoint(id)["state"] == "disabled" {
                _ = try await outbox.market.post(one + "/resume", as: outbox.admin)
            }
            _ = try await outbox.market.post(one + "/recover", as: outbox.admin, span)
            _ = try await outbox.market.post(one + "/replay-missing", as: outbox.admin, span)
        }
        let worker = outbox.anotherWorker()
        repeat {
            outbox.pass(seconds: 400)
            try await worker.deliverOnce(for: outbox.retailer)
        } while try await outbox.queued() > 0
    }
}
