import HTTPTypes

/// Which pages of other origins may call this service from a browser and read its answers: those that the operator names,
/// character by character. Nobody by default. Callers bring their key or session themselves, so there are no cookies, no
/// credentials and no wildcard.
package struct CrossOrigin: Sendable {
    package static let off = CrossOrigin([])
    package static let originsMax = 32
    private static let originCharactersMax = 255
    /// How long a browser may remember a preflight.
    private static let rememberedSeconds = 600
    private static let requestHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id"
    private static let answerHeaders =
        "ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"

    private let origins: [String]

    private init(_ origins: [String]) { self.origins = origins }

    /// A list with commas between: `https://console.example.com,http://localhost:5173`. Nil where one of them is no origin.
    package init?(list: String) {
        let parts = list.split(separator: ",").map { $0.trimmed }
        guard (1...Self.originsMax).contains(parts.count), parts.allSatisfy(Self.isOrigin) else { return nil }
        origins = parts.map(String.init)
    }

    /// Scheme, host in lower case and maybe a port, as browsers send it: no path, no `*`, not `null`.
    private static func isOrigin(_ text: Substring) -> Bool {
        guard text.utf8.count <= originCharactersMax,
            let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) })
        else { return false }
        let parts = text.dropFirst(scheme.count).split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return false }
        let isHost = host.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        return isHost && (parts.count == 1 || UInt16(parts[1]) != nil)
    }

    /// Every answer says that it depends on the origin; one to a page that is named may be read by it.
    func stamp(_ headers: inout HTTPFields, for request: HTTPFields) {
        guard !origins.isEmpty else { return }
        headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = named(in: request) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = Self.answerHeaders
    }

    /// The answer to a browser that asks before it sends; nil for anything else.
    func preflight(_ method: HTTPRequest.Method, _ request: HTTPFields, _ methods: [HTTPRequest.Method]) -> Reply? {
        guard method == .options, !methods.isEmpty, named(in: request) != nil, request[.accessControlRequestMethod] != nil
        else { return nil }
        return Reply(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.map(\.rawValue).joined(separator: ", "),
                .accessControlAllowHeaders: Self.requestHeaders,
                .accessControlMaxAge: "\(Self.rememberedSeconds)",
            ])
    }

    /// Compared by bytes: Swift's equality of strings is not a browser's.
    private func named(in request: HTTPFields) -> String? {
        guard let origin = request[.origin] else { return nil }
        return origins.first { $0.utf8.elementsEqual(origin.utf8) }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
    }
}
