import HTTPSupport
import HTTPTypes

/// GET /docs                  the API reference
/// GET /docs/problems         every problem code: what happened, what to do
/// GET /docs/reference.css    their style
/// GET /docs/reference.js     their search
/// GET /openapi.yaml          the contract
/// GET /openapi.json          the same as JSON
struct ReferenceRoutes: Sendable {
    /// Nothing from elsewhere, nothing inline, no frame around it.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'"

    private let reference: ReferenceFiles

    init(_ reference: ReferenceFiles) { self.reference = reference }

    var routes: [Route] {
        reference.files.map { file in
            Route(.get, file.name.path, file.name.operation, access: .open) { Self.reply(file, to: $0.headers) }
        }
    }

    private static func reply(_ file: ReferenceFiles.File, to headers: HTTPFields) -> Reply {
        var reply = Reply(
            status: .ok,
            headers: [
                .eTag: file.tag, .cacheControl: "no-cache", .vary: "Accept-Encoding", .contentSecurityPolicy: policy,
                .xContentTypeOptions: "nosniff",
            ])
        if EntityTag.isNamed(file.tag, in: headers[.ifNoneMatch]) {
            reply.status = .notModified
            return reply
        }
        reply.headers[.contentType] = file.name.contentType
        if takesGzip(headers[.acceptEncoding]) {
            reply.headers[.contentEncoding] = "gzip"
            reply.body = .bytes(file.gzip)
        } else {
            reply.body = .bytes(file.bytes)
        }
        return reply
    }

    private static func takesGzip(_ header: String?) -> Bool {
        elements(of: header).contains { element in
            let parts = element.split(separator: ";")
            return parts.first == "gzip" && !parts.dropFirst().contains { $0.hasPrefix("q=0") && Double($0.dropFirst(2)) == 0 }
        }
    }

    private static func elements(of header: String?) -> [String] {
        (header ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    }
}

extension ReferenceFiles.Name {
    fileprivate var path: String {
        switch self {
        case .page: "/docs"
        case .problems: "/docs/problems"
        case .style: "/docs/reference.css"
        case .script: "/docs/reference.js"
        case .json: "/openapi.json"
        case .yaml: "/openapi.yaml"
        }
    }

    fileprivate var operation: String {
        switch self {
        case .page: "getReference"
        case .problems: "getProblemReference"
        case .style: "getReferenceStyle"
        case .script: "getReferenceScript"
        case .json: "getContractAsJSON"
        case .yaml: "getContract"
        }
    }

    fileprivate var contentType: String {
        switch self {
        case .page, .problems: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .json: "application/vnd.oai.openapi+json; version=3.1"
        case .yaml: "application/yaml"
        }
    }
}
