import EventLog
import HTTPTypes
import JSONText
import Kernel
import OutboundHTTP
import Parties
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

@Suite struct EndpointTests {
    @Test func `loopback is refused unless it is allowed`() async throws {
        try await TestMarket.run(webhooks: .test(policy: .production)) { market in
            let retailer = try await market.makeRetailer()
            let admin = try await market.key(of: retailer, .admin)

            let reply = try await market.post(
                "/v1/retailers/\(retailer)/endpoints", as: admin, ["url": "https://127.0.0.1:8443/hook"])
            let plain = try await market.post(
                "/v1/retailers/\(retailer)/endpoints", as: admin, ["url": "http://example.com/hook"])

            #expect(reply.status == 422)
            #expect(reply.json["errors"][0]["pointer"] == "/url")
            #expect(reply.json["errors"][0]["code"] == "blocked_address")
            #expect(plain.json["errors"][0]["code"] == "scheme_not_allowed")
        }
    }

    @Test func `the platform makes no endpoint at a retailer that is not there`() async throws {
        try await TestMarket.run(webhooks: .test(policy: .production)) { market in
            let nobody = RetailerID(Identifier(high: 1, low: 1))

            let reply = try await market.post(
                "/v1/retailers/\(nobody)/endpoints", as: market.platform, ["url": "https://retailer.example/hooks"])

            #expect(reply.status == 404)
            #expect(reply.json["detail"] == "No such retailer.")
        }
    }

    @Test func `a secret is shown once, and an edit needs the newest version where it names one`() async throws {
        try await Outbox.run { outbox in
            let endpoint = try await outbox.makeEndpoint("http://127.0.0.1:1/")
            let one = "\(outbox.path)/\(endpoint.id)"
            let seen = try await outbox.market.get(one, as: outbox.admin)
            let tag = try #require(seen.header("etag"))

            let changed = try await outbox.market.patch(
                one, as: outbox.admin, ["rate_per_second": 7], headers: [("If-Match", tag)])
            let stale = try await outbox.market.patch(
                one, as: outbox.admin, ["rate_per_second": 8], headers: [("If-Match", tag)])
            let whatever = try await outbox.market.patch(
                one, as: outbox.admin, ["rate_per_second": 9], headers: [("If-Match", "*")])

            #expect(!seen.text.contains("whsec_"))
            #expect(endpoint.secret.hasPrefix("whsec_"))
            #expect(changed.json["rate_per_second"] == 7)
            #expect(stale.status == 412)
            #expect(stale.json["code"] == "changed_meanwhile")
            #expect(whatever.json["rate_per_second"] == 9)
        }
    }

    @Test func `a rotated secret signs beside the old one for a day, then alone`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            let one = "\(outbox.path)/\(endpoint.id)"
            let rotated = try await outbox.market.post(one + "/rotate-secret", as: outbox.admin)
            let fresh = try #require(rotated.json["secret"].string)

            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            outbox.pass(seconds: RotateSecret.overlapSeconds + 1)
            try await outbox.append("campaign.second")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let requests = receiver.requests
            try #require(requests.count == 2)
            let both = try [fresh, endpoint.secret].map { try Signature.of(requests[0], secret: $0) }
            #expect(requests[0].header("webhook-signature") == both.joined(separator: " "))
            #expect(requests[1].header("webhook-signature") == (try Signature.of(requests[1], secret: fresh)))
            await receiver.stop()
        }
    }

    @Test func `a secret rotated at once ends the old one`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            let rotated = try await outbox.market.post(
                "\(outbox.path)/\(endpoint.id)/rotate-secret", as: outbox.admin, ["immediate": true])
            let fresh = try #require(rotated.json["secret"].string)

            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let request = try #require(receiver.requests.first)
            #expect(request.header("webhook-signature") == (try Signature.of(request, secret: fresh)))
            await receiver.stop()
        }
    }

    @Test func `a test call reaches its endpoint alone, whatever its types`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url("/one"), types: ["campaign.launched"])
            _ = try await outbox.makeEndpoint(receiver.url("/two"))

            let reply = try await outbox.market.post("\(outbox.path)/\(endpoint.id)/test", as: outbox.admin)
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            #expect(reply.status == 202)
            #expect(reply.json["event_type"] == "webhook.test")
            #expect(receiver.requests.map(\.path) == ["/one"])
            await receiver.stop()
        }
    }

    @Test func `events before an endpoint and during a pause are not for it, until they are asked for`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            try await outbox.append("campaign.before")
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            let one = "\(outbox.path)/\(endpoint.id)"
            try await outbox.append("campaign.enabled")
            let paused = try await outbox.market.post(one + "/pause", as: outbox.admin)
            try await outbox.append("campaign.paused")
            let whilePaused = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let resumed = try await outbox.market.post(one + "/resume", as: outbox.admin)
            let afterwards = try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let span: JSONValue = ["since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"]
            let missing = try await outbox.market.post(one + "/replay-missing", as: outbox.admin, span)
            let replayed = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let none = try await outbox.market.post(one + "/replay-missing", as: outbox.admin, span)

            #expect((paused.json["state"], resumed.json["state"]) == ("paused", "enabled"))
            #expect((whilePaused, afterwards, replayed) == (0, 1, 2))
            #expect(missing.json == ["queued": 2, "more": false])
            #expect(none.json == ["queued": 0, "more": false])
            #expect(try JSONReader.parse(receiver.requests.first?.body ?? [])["type"] == "campaign.enabled")
            await receiver.stop()
        }
    }

    @Test func `what failed can be recovered, and one delivery sent again`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start { $0.path == "/bad" ? .status(410) : .status(200) }
            let endpoint = try await outbox.makeEndpoint(receiver.url("/bad"))
            let one = "\(outbox.path)/\(endpoint.id)"
            try await outbox.append("campaign.launched")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            _ = try await outbox.market.patch(one, as: outbox.admin, ["url": .string(receiver.url("/good"))])
            let refused = try await outbox.market.post(
                one + "/recover", as: outbox.admin, ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"])
            _ = try await outbox.market.post(one + "/resume", as: outbox.admin)

            let recovered = try await outbox.market.post(
                one + "/recover", as: outbox.admin, ["since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"])
            let first = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let id = try #require(try await outbox.deliveries(of: endpoint.id).first?["id"].string)
            let resent = try await outbox.market.post(one + "/deliveries/\(id)/resend", as: outbox.admin)
            let second = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let deliveries = try await outbox.deliveries(of: endpoint.id)

            #expect(refused.status == 409)
            #expect(recovered.json == ["queued": 1, "more": false])
            #expect(resent.json["state"] == "pending")
            #expect((first, second) == (1, 1))
            #expect(deliveries.map { $0["state"] } == ["delivered"])
            #expect(deliveries.map { $0["attempts"] } == [3])
            #expect(Set(receiver.requests.map { $0.header("webhook-id") }).count == 1)
            await receiver.stop()
        }
    }

    @Test func `a deleted endpoint gets nothing more and is not found`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let endpoint = try await outbox.makeEndpoint(receiver.url())
            try await outbox.append("campaign.launched")
            try await outbox.delivery.fanOut(outbox.retailer)

            let deleted = try await outbox.market.delete("\(outbox.path)/\(endpoint.id)", as: outbox.admin)
            let tries = try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let seen = try await outbox.market.get("\(outbox.path)/\(endpoint.id)", as: outbox.admin)

            #expect((deleted.status, tries, seen.status) == (204, 0, 404))
            await receiver.stop()
        }
    }
}
