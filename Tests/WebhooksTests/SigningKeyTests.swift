import EventLog
import HTTPTypes
import JSONText
import Kernel
import Postgres
import Tenancy
import TestSupport
import Testing

@testable import Webhooks

/// Ed25519 signatures (`v1a`) beside those of the secret.
@Suite struct SigningKeyTests {
    private func keys(_ json: JSONValue) -> [String] { json["public_keys"].elements.compactMap(\.string) }

    /// The signatures of a message, which the secrets and public keys verify one by one, the newest first.
    private func expectSigned(
        _ request: WebhookReceiver.Request, by secrets: [String], and publicKeys: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let signatures = try #require(request.header("webhook-signature")).split(separator: " ").map(String.init)
        let symmetric = try secrets.map { try Signature.of(request, secret: $0, publicKeys: publicKeys) }
        #expect(Array(signatures.prefix(secrets.count)) == symmetric, sourceLocation: sourceLocation)
        #expect(signatures.count == secrets.count + publicKeys.count, sourceLocation: sourceLocation)
        let id = try #require(request.header("webhook-id"))
        let timestamp = try #require(request.header("webhook-timestamp").flatMap(Int64.init))
        for (signature, text) in zip(signatures.dropFirst(secrets.count), publicKeys) {
            let key = try #require(WebhookPublicKey(text))
            #expect(
                key.verifies(signature, id: id, timestamp: timestamp, body: request.body), sourceLocation: sourceLocation)
            #expect(
                !key.verifies(signature, id: id, timestamp: timestamp + 1, body: request.body), sourceLocation: sourceLocation)
        }
    }

    @Test func `a message is signed with both, through a rotation too, and then with the new ones alone`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let made = try await outbox.makeEndpoint(["url": .string(receiver.url()), "v1a": true])
            let one = "\(outbox.path)/\(made["id"].string ?? "")"
            let (secret, key) = (try #require(made["secret"].string), try #require(keys(made).first))
            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let rotated = try await outbox.market.post(one + "/rotate-secret", as: outbox.admin).json
            let (fresh, both) = (try #require(rotated["secret"].string), keys(rotated))
            try await outbox.append("campaign.second")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            outbox.pass(seconds: RotateSecret.overlapSeconds + 1)
            try await outbox.append("campaign.third")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let requests = receiver.requests
            try #require(requests.count == 3)
            #expect(keys(made).count == 1)
            #expect(both.count == 2 && both[1] == key)
            try expectSigned(requests[0], by: [secret], and: [key])
            try expectSigned(requests[1], by: [fresh, secret], and: both)
            try expectSigned(requests[2], by: [fresh], and: [both[0]])
            await receiver.stop()
        }
    }

    @Test func `a key comes on request and goes on request, and a leak ends the old ones at once`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let made = try await outbox.makeEndpoint(["url": .string(receiver.url())])
            let one = "\(outbox.path)/\(made["id"].string ?? "")"
            let secret = try #require(made["secret"].string)
            let on = try await outbox.market.patch(one, as: outbox.admin, ["v1a": true]).json
            let again = try await outbox.market.patch(one, as: outbox.admin, ["v1a": true]).json
            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let rotated = try await outbox.market.post(one + "/rotate-secret", as: outbox.admin, ["immediate": true]).json
            try await outbox.append("campaign.second")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let off = try await outbox.market.patch(one, as: outbox.admin, ["v1a": false]).json
            try await outbox.append("campaign.third")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let fresh = try #require(rotated["secret"].string)
            let requests = receiver.requests
            try #require(requests.count == 3)
            #expect(keys(made) == [])
            #expect(keys(on).count == 1)
            #expect(keys(again) == keys(on))
            #expect(keys(rotated).count == 1 && keys(rotated) != keys(on))
            #expect(keys(off) == [])
            try expectSigned(requests[0], by: [secret], and: keys(on))
            try expectSigned(requests[1], by: [fresh], and: keys(rotated))
            try expectSigned(requests[2], by: [fresh], and: [])
            await receiver.stop()
        }
    }

    @Test func `the private half is sealed in the database and in no answer`() async throws {
        try await Outbox.run { outbox in
            let made = try await outbox.makeEndpoint(["url": "http://127.0.0.1:1/", "v1a": true])
            let id: EndpointID = try #require(made["id"].string.flatMap(EndpointID.init))
            let retailer = outbox.retailer
            let (now, box) = (outbox.market.clock.now, outbox.box)
            let opened = try await outbox.market.database.transaction(as: .worker(retailer)) { tx in
                try tx.keys(of: [id], at: retailer, now: now, box)
            }
            let key = try #require(opened[id]?.signingKeys.first)
            let sealed = try await outbox.sealed(of: id)
            let seen = try await outbox.market.get("\(outbox.path)/\(id)", as: outbox.admin)

            #expect(key.publicKey.text == keys(made).first)
            #expect(sealed.count == 1)
            #expect(sealed.allSatisfy { $0.array.firstRange(of: key.bytes) == nil })
            #expect(!seen.text.contains(Base64.encode(key.bytes)))
            #expect(seen.json["public_keys"] == made["public_keys"])
        }
    }
}
