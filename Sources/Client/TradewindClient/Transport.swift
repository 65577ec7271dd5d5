import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends requests and tells problems from answers.
struct Transport: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: Data
        let etag: String?
    }

    let settings: TradewindSettings
    private let session: URLSession

    init(_ settings: TradewindSettings) {
        self.settings = settings
        let configuration = URLSessionConfiguration.ephemeral
        // What is kept is kept by us, with its tag.
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = settings.secondsMax
        configuration.timeoutIntervalForResource = settings.secondsMax
        session = URLSession(configuration: configuration)
    }

    func get(_ path: [String], _ query: [(String, String)], ifNoneMatch etag: String?) async throws -> Answer {
        var request = URLRequest(url: url(path, query))
        if !settings.languages.isEmpty {
            request.setValue(settings.languages.joined(separator: ", "), forHTTPHeaderField: "Accept-Language")
        }
        if let etag { request.setValue(etag, forHTTPHeaderField: "If-None-Match") }
        return try await send(request)
    }

    func post(_ path: [String], _ body: Data) async throws -> Answer {
        var request = URLRequest(url: url(path, []))
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        return try await send(request)
    }

    private func url(_ path: [String], _ query: [(String, String)]) -> URL {
        // An id may have a slash or a blank in it.
        var components = URLComponents(url: settings.retailer, resolvingAgainstBaseURL: false) ?? URLComponents()
        let own = path.map { $0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "" }
        if components.percentEncodedPath.hasSuffix("/") { components.percentEncodedPath.removeLast() }
        components.percentEncodedPath = ([components.percentEncodedPath] + own).joined(separator: "/")
        if !query.isEmpty {
            components.percentEncodedQuery = query.map { name, value in
                "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "")"
            }.joined(separator: "&")
        }
        return components.url ?? settings.retailer
    }

    /// The unreserved characters of RFC 3986.
    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    private func send(_ request: URLRequest) async throws -> Answer {
        var request = request
        try await settings.authorize(&request)
        let (data, response): (Data, URLResponse)
        do {
            (data, response) = try await session.data(for: request)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw TradewindFault.unreachable("\(error.localizedDescription)")
        }
        guard let http = response as? HTTPURLResponse else { throw TradewindFault.unreadable("no HTTP") }
        if http.statusCode == 200 || http.statusCode == 304 {
            return Answer(status: http.statusCode, body: data, etag: http.value(forHTTPHeaderField: "ETag"))
        }
        throw TradewindFault.refused(Self.problem(http, data))
    }

    private static func problem(_ response: HTTPURLResponse, _ body: Data) -> TradewindProblem {
        struct Body: Decodable {
            struct Member: Decodable { let pointer: String? }
            let code: String?
            let title: String?
            let errors: [Member]?
        }
        let told = try? JSONDecoder().decode(Body.self, from: body)
        return TradewindProblem(
            status: response.statusCode, code: told?.code ?? "unknown", title: told?.title ?? "",
            pointers: told?.errors?.compactMap(\.pointer) ?? [],
            retryAfter: response.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init))
    }
}
