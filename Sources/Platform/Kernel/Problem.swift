/// A refusal or fault as the caller reads it: RFC 9457 `application/problem+json`, with a stable `code` and a pointer
/// for each bad field. Nothing internal belongs in it.
package struct Problem: Error, Hashable, Sendable {
    /// The HTTP status, 400 to 599.
    package let status: Int
    /// Stable, snake_case, listed in `Contracts/openapi.yaml`.
    package let code: String
    /// One sentence that is the same for every occurrence of the code.
    package let title: String
    /// What happened this time, for a person.
    package var detail: String?
    /// Where the request is wrong.
    package var fields: [FieldProblem]
    /// Seconds after which the same request may succeed, sent as `Retry-After`.
    package var retryAfterSeconds: Int?
    /// Members that problems of this code have beside the usual ones (RFC 9457, 3.2), by name.
    package var numbers: [String: Int64]

    package init(
        _ status: Int, _ code: String, _ title: String, detail: String? = nil, fields: [FieldProblem] = [],
        retryAfterSeconds: Int? = nil, numbers: [String: Int64] = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.fields = fields
        self.retryAfterSeconds = retryAfterSeconds
        self.numbers = numbers
    }
}

/// One bad field of a request.
package struct FieldProblem: Hashable, Sendable {
    /// JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter, `#name` for a header.
    package let pointer: String
    package let code: String
    package let detail: String

    package init(pointer: String, code: String, detail: String) {
        self.pointer = pointer
        self.code = code
        self.detail = detail
    }
}

/// An expected refusal of an operation, nested in it: `LaunchCampaign.Refusal`. The one middleware renders its problem.
package protocol Refusal: Error, Sendable {
    var problem: Problem { get }
}

extension Problem: Refusal {
    package var problem: Problem { self }

    package static func invalid(_ fields: [FieldProblem]) -> Problem {
        Problem(422, "invalid_request", "The request has invalid fields.", fields: fields)
    }

    /// The thing is not there, or is not this caller's to see: both look the same.
    package static func notFound(_ what: String) -> Problem {
        Problem(404, "not_found", "There is no such thing here.", detail: "No such \(what).")
    }
}
