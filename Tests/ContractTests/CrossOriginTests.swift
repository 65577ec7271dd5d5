import HTTPSupport
import HTTPTypes
import TestSupport
import Testing

/// Which pages of other origins a browser lets read our answers.
@Suite struct CrossOriginTests {
    private static let named = "https://console.example.com"

    private func market<Value>(_ body: (TestMarket) async throws -> Value) async throws -> Value {
        let origins = try #require(CrossOrigin(list: "\(Self.named), http://localhost:5173"))
        return try await TestMarket.run(crossOrigin: origins, body)
    }

    @Test func `a page of a named origin may ask, send and read, without cookies`() async throws {
        try await market { market in
            let preflight = try await market.client.send(
                .options, "/v1/retailers",
                headers: [
                    ("Origin", Self.named), ("Access-Control-Request-Method", "POST"),
                    ("Access-Control-Request-Headers", "authorization, content-type"),
                ])
            let read = try await market.get("/v1/retailers", as: market.platform, headers: [("Origin", "http://localhost:5173")])
            let refused = try await market.get("/v1/retailers", as: nil, headers: [("Origin", Self.named)])

            #expect(preflight.status == 204)
            #expect(preflight.header("access-control-allow-origin") == Self.named)
            #expect(preflight.header("access-control-allow-methods") == "GET, POST")
            #expect(
                preflight.header("access-control-allow-headers")
                    == "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id")
            #expect(preflight.header("access-control-max-age") == "600")
            #expect(read.header("access-control-allow-origin") == "http://localhost:5173")
            #expect(read.header("access-control-expose-headers")?.contains("ETag") == true)
            #expect(refused.status == 401)
            #expect(refused.header("access-control-allow-origin") == Self.named)
            for reply in [preflight, read, refused] {
                #expect(reply.header("vary") == "Origin")
                #expect(reply.header("access-control-allow-credentials") == nil)
            }
        }
    }

    @Test(arguments: [
        "https://evil.example.com", "https://console.example.com.evil.com", "https://xconsole.example.com", "null",
        "http://console.example.com", "https://console.example.com:443", "HTTPS://console.example.com", "*",
    ])
    func `a page of any other origin reads nothing`(origin: String) async throws {
        try await market { market in
            let preflight = try await market.client.send(
                .options, "/v1/retailers", headers: [("Origin", origin), ("Access-Control-Request-Method", "GET")])
            let read = try await market.get("/v1/retailers", as: market.platform, headers: [("Origin", origin)])

            #expect(preflight.status == 405)
            #expect(read.status == 200)
            for reply in [preflight, read] {
                #expect(reply.header("access-control-allow-origin") == nil)
                #expect(reply.header("vary") == "Origin")
            }
        }
    }

    @Test func `by default no page of another origin reads anything`() async throws {
        try await TestMarket.run { market in
            let preflight = try await market.client.send(
                .options, "/v1/retailers", headers: [("Origin", Self.named), ("Access-Control-Request-Method", "GET")])
            let read = try await market.get("/v1/retailers", as: market.platform, headers: [("Origin", Self.named)])

            #expect(preflight.status == 405)
            #expect(read.header("access-control-allow-origin") == nil)
            #expect(read.header("vary") == nil)
        }
    }

    @Test func `a list of origins is what browsers send, and nothing wider`() {
        for list in [
            "", ",", "*", "null", "https://*.example.com", "https://example.com/", "https://example.com/console", "example.com",
            "ftp://example.com", "https://", "https://example.com:99999", "https://Example.com", "https://a.example https://b",
            Array(repeating: "https://a.example", count: CrossOrigin.originsMax + 1).joined(separator: ","),
        ] {
            #expect(CrossOrigin(list: list) == nil, "\(list)")
        }
        #expect(CrossOrigin(list: "https://a.example, http://127.0.0.1:3000") != nil)
    }
}
