import HTTPSupport
import JSONText
import TestSupport
import Testing

/// Requests that are too large or are none: refused with their code as soon as that is clear.
@Suite struct HeadAndBodyTests {
    struct Head: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        let status: Int
        let code: String
    }

    private static let heads = [
        Head(testDescription: "no HTTP", bytes: "HELLO\r\n\r\n", status: 400, code: "malformed_request"),
        Head(
            testDescription: "two lengths",
            bytes: ProbeServer.head("POST", "json", "Content-Length: 1", "Transfer-Encoding: chunked"), status: 400,
            code: "malformed_request"),
        Head(
            testDescription: "one long header",
            bytes: ProbeServer.head("GET", "usual", "X-Long: " + String(repeating: "x", count: 2_048)), status: 431,
            code: "header_too_large"),
        Head(
            testDescription: "much in all headers",
            bytes: ProbeServer.head("GET", "usual", String(repeating: "X-A: 0123456789\r\n", count: 200) + "X-B: 1"),
            status: 431, code: "header_too_large"),
        Head(
            testDescription: "many headers",
            bytes: ProbeServer.head("GET", "usual", String(repeating: "X: 1\r\n", count: 30) + "X: 1"), status: 431,
            code: "header_too_large"),
    ]

    @Test(arguments: heads) func `what is no request that we take ends its connection with a word`(_ head: Head) async throws {
        var limits = Limits.unhurried
        (limits.headerBytesMax, limits.headersMax) = (1_024, 20)
        try await ProbeServer.run(limits) { probe in
            let connection = try await RawConnection.open(port: probe.client.port)
            try await connection.send(head.bytes)
            let heard = await connection.everything()

            #expect(heard.hasPrefix("HTTP/1.1 \(head.status) "))
            #expect(heard.contains(#""code":"\#(head.code)""#))
            #expect(probe.connections.cut(.badHead) == 1)
        }
    }

    @Test func `a path with a long query is refused`() async throws {
        var limits = Limits.unhurried
        limits.uriBytesMax = 256
        try await ProbeServer.run(limits) { probe in
            let fits = try await probe.get("usual", query: "?x=" + String(repeating: "x", count: 100))
            let long = try await probe.get("usual", query: "?x=" + String(repeating: "x", count: 256))

            #expect(fits.status == 204)
            #expect(long.status == 414)
            #expect(long.json["code"] == "uri_too_long")
        }
    }

    struct Body: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
        let status: Int
        let code: String?
    }

    private static let bodies = [
        Body(testDescription: "of all that is allowed", text: padded(#"{"n":1}"#, 1_000), status: 204, code: nil),
        Body(testDescription: "one byte more", text: padded(#"{"n":1}"#, 1_001), status: 413, code: "body_too_large"),
        Body(
            testDescription: "too deep", text: String(repeating: "[", count: 13) + String(repeating: "]", count: 13),
            status: 400, code: "malformed_json"),
        Body(
            testDescription: "too many values", text: "[" + String(repeating: "1,", count: 50) + "1]", status: 400,
            code: "malformed_json"),
        Body(
            testDescription: "a number without end", text: #"{"n":\#(String(repeating: "1", count: 21))}"#, status: 400,
            code: "malformed_json"),
    ]

    @Test(arguments: bodies) func `a body is refused beyond its length, depth, values and digits`(_ body: Body) async throws {
        var limits = Limits.unhurried
        limits.jsonBodyBytesMax = 1_000
        (limits.json.depthMax, limits.json.valuesMax, limits.json.numberBytesMax) = (12, 50, 20)
        try await ProbeServer.run(limits) { probe in
            let reply = try await probe.post("json", body.text)

            #expect(reply.status == body.status)
            #expect(reply.json["code"].string == body.code)
        }
    }

    @Test func `a body in chunks has the same limit`() async throws {
        var limits = Limits.unhurried
        limits.jsonBodyBytesMax = 1_000
        try await ProbeServer.run(limits) { probe in
            let connection = try await RawConnection.open(port: probe.client.port)
            let head = ProbeServer.head("POST", "json", "Content-Type: application/json", "Transfer-Encoding: chunked")
            try await connection.send(head + "3e9\r\n" + Self.padded("{}", 1_001) + "\r\n")
            let heard = await connection.text(until: "}")

            #expect(heard.hasPrefix("HTTP/1.1 413 "))
            await connection.close()
        }
    }

    private static func padded(_ text: String, _ bytes: Int) -> String {
        text + String(repeating: " ", count: bytes - text.utf8.count)
    }
}
