/// One POST to an address that somebody outside chose. Its headers cannot carry a second header or a second request:
/// names are tokens, values have no control characters, and those that frame the message are not the caller's.
package struct OutboundRequest: Sendable {
    package enum Refusal: Error, Hashable, Sendable {
        case badHeaderName(String)
        case badHeaderValue(name: String)
        /// `Host`, `Content-Length` and their like follow from the URL and the body.
        case reservedHeader(name: String)
        case tooManyHeaders(max: Int)
        case badURL
    }

    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package static let headersMax = 64
    package static let headerValueBytesMax = 8 * 1024
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer", "keep-alive",
        "proxy-connection", "proxy-authorization", "http2-settings",
    ]

    package let url: String
    package let headers: [Header]
    package let body: [UInt8]
    package let connectTimeout: Duration
    /// Of the whole exchange, DNS and connecting included.
    package let totalTimeout: Duration

    /// - Parameter headers: in order; `Content-Type` belongs here.
    package init(
        url: String, headers: [(name: String, value: String)], body: [UInt8], connectTimeout: Duration = .seconds(5),
        totalTimeout: Duration = .seconds(15)
    ) throws(Refusal) {
        precondition(connectTimeout > .zero && totalTimeout > .zero, "for libcurl, zero is no limit")
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .badURL }
        guard headers.count <= Self.headersMax else { throw .tooManyHeaders(max: Self.headersMax) }
        var checked: [Header] = []
        for header in headers { checked.append(try Self.check(header.name, header.value)) }
        self.url = url
        self.headers = checked
        self.body = body
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
    }

    private static func check(_ name: String, _ value: String) throws(Refusal) -> Header {
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { throw .badHeaderName(name) }
        guard !reserved.contains(name.lowercased()) else { throw .reservedHeader(name: name) }
        guard value.utf8.count <= headerValueBytesMax, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .badHeaderValue(name: name)
        }
        return Header(name: name, value: value)
    }

    /// RFC 9110, 5.6.2.
    package static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
