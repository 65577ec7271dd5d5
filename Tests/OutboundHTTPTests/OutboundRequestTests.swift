import Testing

@testable import OutboundHTTP

struct OutboundRequestTests {
    private func refusal(_ name: String, _ value: String, url: String = "https://example.com") -> OutboundRequest.Refusal? {
        do {
            _ = try OutboundRequest(url: url, headers: [(name, value)], body: [])
            return nil
        } catch { return error }
    }

    @Test(arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\u{7F}", "\ta", "a\n"])
    func `refuses a header value that could end its line`(value: String) {
        #expect(refusal("X-Note", value) == .badHeaderValue(name: "X-Note"))
    }

    @Test(arguments: ["", "a b", "a:b", "a\r\nb", "a\nb: c", "имя", "a;b", "a\0", "a(b)"])
    func `refuses a header name that is no token`(name: String) {
        #expect(refusal(name, "v") == .badHeaderName(name))
    }

    @Test(arguments: ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect", "Upgrade", "TE", "Trailer"])
    func `refuses a header that frames the message`(name: String) {
        #expect(refusal(name, "v") == .reservedHeader(name: name))
    }

    @Test(arguments: ["https://example.com/\r\nHost: a", "https://example.com/\n", "https://a b", "https://a/\0", "https://a/\t"])
    func `refuses a URL with a control character or a space`(url: String) {
        #expect(refusal("X-Note", "v", url: url) == .badURL)
    }

    @Test func `has a limit on the number and size of headers`() {
        #expect(refusal("X-Note", String(repeating: "a", count: 8192)) == nil)
        #expect(refusal("X-Note", String(repeating: "a", count: 8193)) == .badHeaderValue(name: "X-Note"))
        #expect(throws: OutboundRequest.Refusal.tooManyHeaders(max: 64)) {
            try OutboundRequest(
                url: "https://example.com", headers: [(name: String, value: String)](repeating: ("a", "b"), count: 65), body: [])
        }
    }

    @Test func `takes the headers of a signed webhook`() throws {
        let request = try OutboundRequest(
            url: "https://example.com",
            headers: [("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1,abc=")],
            body: [1])
        #expect(request.headers.map(\.name) == ["webhook-signature"])
        #expect(request.connectTimeout == .seconds(5))
        #expect(request.totalTimeout == .seconds(15))
    }
}
