import HTTPTypes
import JSONText
import Kernel
import Postgres
import TestSupport
import Testing

@testable import Webhooks

/// Headers that an endpoint's owner has put on each message.
@Suite struct OwnHeaderTests {
    @Test func `own headers go with each message, and their values are shown to nobody`() async throws {
        try await Outbox.run { outbox in
            let receiver = try await WebhookReceiver.start()
            let made = try await outbox.makeEndpoint([
                "url": .string(receiver.url()), "headers": ["X-Tenant": "shop 7", "Authorization": "Bearer gate-pass"],
            ])
            let id: EndpointID = try #require(made["id"].string.flatMap(EndpointID.init))
            let one = "\(outbox.path)/\(id)"
            try await outbox.append("campaign.first")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let sealed = try await outbox.sealed(of: id)
            let seen = try await outbox.market.get(one, as: outbox.admin)
            let changed = try await outbox.market.patch(one, as: outbox.admin, ["headers": ["x-tenant": "shop 8"]])
            try await outbox.append("campaign.second")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)
            let gone = try await outbox.market.patch(one, as: outbox.admin, ["headers": [:]])
            try await outbox.append("campaign.third")
            try await outbox.delivery.deliverOnce(for: outbox.retailer)

            let requests = receiver.requests
            try #require(requests.count == 3)
            #expect(requests.map { $0.header("x-tenant") } == ["shop 7", "shop 8", nil])
            #expect(requests.map { $0.header("authorization") } == ["Bearer gate-pass", nil, nil])
            #expect(seen.json["header_names"] == ["Authorization", "X-Tenant"])
            #expect(changed.json["header_names"] == ["x-tenant"])
            #expect(changed.header("etag") != seen.header("etag"))
            #expect(gone.json["header_names"] == [])
            for reply in [seen, changed, gone] { #expect(!reply.text.contains("gate-pass") && !reply.text.contains("shop")) }
            #expect(sealed.count == 1)
            #expect(sealed.allSatisfy { $0.array.firstRange(of: Array("gate-pass".utf8)) == nil })
            let audit = try await outbox.market.get("/v1/retailers/\(outbox.retailer)/audit?limit=100", as: outbox.admin)
            #expect(audit.text.contains("endpoint.changed") && !audit.text.contains("gate-pass"))
            await receiver.stop()
        }
    }

    static let badNames = [
        "", " ", "a b", "a:b", "X-A\r\nX-B", "X-A\n", "X-A\r", "X-A\u{0}", "X-A\t", "имя", "a(b)", "a/b", "a@b", "a[b]", "a{b}",
        "a=b", "a\"b", "a,b", "a;b", String(repeating: "a", count: 65),
    ]
    static let reservedNames = [
        "Host", "host", "HOST", "Content-Length", "content-type", "Content-Encoding", "Content-Anything", "webhook-id",
        "Webhook-Signature", "webhook-timestamp", "webhook-anything", "Connection", "Keep-Alive", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Expect", "Proxy-Authorization", "proxy-connection", "HTTP2-Settings", "User-Agent",
        "Accept", "Accept-Encoding", "Date", "Via", "Forwarded", "X-Forwarded-For", "Sec-Fetch-Site", "Range",
    ]
    static let badValues = [
        "", " ", "a ", " a", "a\r\nX-B: c", "a\nX-B: c", "a\rX-B: c", "a\r\n\r\nGET / HTTP/1.1", "a\u{0}b", "a\tb", "a\u{7F}b",
        "a\u{0B}b", "a\u{85}b", "a\u{2028}b", "ключ", String(repeating: "a", count: 1025),
    ]

    @Test func `no header can end its line, become a second one, or stand in for ours`() async throws {
        try await Outbox.run { outbox in
            var cases = Self.badNames.map { ($0, "v", "bad_header_name") }
            cases += Self.reservedNames.map { ($0, "v", "reserved_header") }
            cases += Self.badValues.map { ("X-A", $0, "bad_header_value") }
            let made = try await outbox.makeEndpoint(["url": "http://127.0.0.1:1/"])
            let one = "\(outbox.path)/\(made["id"].string ?? "")"
            for (name, value, code) in cases {
                let headers: JSONValue = .object([name: .string(value)])
                for reply in [
                    try await outbox.market.post(
                        outbox.path, as: outbox.admin, ["url": "http://127.0.0.1:1/", "headers": headers]),
                    try await outbox.market.patch(one, as: outbox.admin, ["headers": headers]),
                ] {
                    #expect(reply.status == 422, "\(name.debugDescription): \(value.debugDescription)")
                    #expect(
                        reply.json["errors"][0]["code"] == .string(code), "\(name.debugDescription): \(value.debugDescription)")
                }
            }
            let seen = try await outbox.market.get(one, as: outbox.admin)
            #expect(seen.json["header_names"] == [])
        }
    }

    @Test func `headers have bounds on their count and their size, and a name stands once`() async throws {
        try await Outbox.run { outbox in
            func code(_ headers: [String: JSONValue]) async throws -> JSONValue {
                let reply = try await outbox.market.post(
                    outbox.path, as: outbox.admin, ["url": "http://127.0.0.1:1/", "headers": .object(headers)])
                return reply.status == 201 ? "taken" : reply.json["errors"][0]["code"]
            }
            func many(_ count: Int, of bytes: Int) -> [String: JSONValue] {
                Dictionary(
                    uniqueKeysWithValues: (10..<10 + count).map { ("X-\($0)", .string(String(repeating: "a", count: bytes))) })
            }

            let cases: [([String: JSONValue], JSONValue)] = [
                (many(20, of: 200), "taken"), (many(21, of: 1), "too_many_headers"), (many(4, of: 1020), "taken"),
                (many(4, of: 1021), "headers_too_large"), (["X-A": "1", "x-a": "2"], "repeated"),
                (["X-A": 7], "bad_header_value"),
            ]
            for (headers, expected) in cases {
                let got = try await code(headers)
                #expect(got == expected)
            }
        }
    }
}
