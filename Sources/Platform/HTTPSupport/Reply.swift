package import HTTPTypes
package import Hummingbird
package import JSONText
import Kernel
import NIOCore
import Postgres

/// What a handler answers: a status, headers, and bytes or a stream.
package struct Reply: Sendable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body

    package enum Body: Sendable {
        case bytes([UInt8])
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ value: some JSONWritable, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, headers: [.contentType: "application/json"], body: .bytes(value.jsonBytes))
    }

    /// 201 with the new thing's address.
    package static func created(_ value: some JSONWritable, at location: String) -> Reply {
        var reply = json(value, status: .created)
        reply.headers[.location] = location
        return reply
    }

    package static let noContent = Reply(status: .noContent)

    package static func text(_ text: String, contentType: String) -> Reply {
        Reply(status: .ok, headers: [.contentType: contentType], body: .bytes(Array(text.utf8)))
    }

    /// Values as lines of JSON, page by page: each is read when the one before it has been written, so an answer of any length
    /// holds one. `page` gets the last value of the page before, nil at first; an empty page ends the answer.
    package static func ndjson<Value: JSONWritable & Sendable>(
        page: @escaping @Sendable (_ after: Value?) async throws -> [Value]
    ) -> Reply {
        Reply(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: .stream { writer in
                var last: Value?
                while true {
                    let values = try await page(last)
                    guard let end = values.last else { break }
                    try await writer.write(ndjson: values)
                    last = end
                }
                try await writer.end()
            })
    }

    /// Keeps a place at work for as long as the answer is being written, where that is after the handler's end.
    mutating func hold(_ place: Places.Place?) {
        guard case .stream(let write) = body, let place else { return }
        let deadline = Deadline.current
        body = .stream { writer in
            defer { withExtendedLifetime(place) {} }
            try await Deadline.$current.withValue(deadline) { try await write(&writer) }
        }
    }

    static func problem(_ problem: Problem, requestID: String) -> Reply {
        var json = JSONWriter()
        problem.write(to: &json, requestID: requestID)
        var reply = Reply(
            status: HTTPResponse.Status(code: problem.status), headers: [.contentType: "application/problem+json"],
            body: .bytes(json.bytes))
        if let seconds = problem.retryAfterSeconds { reply.headers[.retryAfter] = "\(seconds)" }
        if problem.status == 401 { reply.headers[.wwwAuthenticate] = "Bearer" }
        return reply
    }

    var response: Response {
        switch body {
        case .bytes(let bytes):
            Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let write): Response(status: status, headers: headers, body: ResponseBody(write))
        }
    }
}

extension Problem {
    fileprivate func write(to json: inout JSONWriter, requestID: String) {
        json.object { json in
            json.field("type", "/docs/problems#\(code)")
            json.field("title", title)
            json.field("status", status)
            json.field("code", code)
            json.fieldIfPresent("detail", detail)
            json.field("request_id", requestID)
            for (name, number) in numbers.sorted(by: { $0.key < $1.key }) { json.field(name, number) }
            guard !fields.isEmpty else { return }
            json.array("errors", fields) { json, field in
                json.object { json in
                    json.field("pointer", field.pointer)
                    json.field("code", field.code)
                    json.field("detail", field.detail)
                }
            }
        }
    }
}
