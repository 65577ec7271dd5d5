import Glibc
import HTTPTypes
import JSONText
import Synchronization

/// Writes each exchange of the tests as a line of JSON, where `TRADEWIND_EXCHANGES` names a file. A public JSON Schema
/// validator then holds them all against the contract (`Tests/ContractTests/validate_exchanges.py`).
enum Exchanges {
    private static let file = Mutex<Int32?>(
        unsafe getenv("TRADEWIND_EXCHANGES").map { unsafe open($0, O_WRONLY | O_CREAT | O_APPEND, 0o644) })

    static let areRecorded = file.withLock { $0 != nil }

    /// `isAudited` says of a write that took effect whether the audit names its caller; nil of anything else.
    static func record(
        _ method: HTTPRequest.Method, _ path: String, request: JSONValue?, _ reply: TestClient.Reply, isAudited: Bool?
    ) {
        file.withLock { file in
            guard let file else { return }
            var json = JSONWriter()
            json.object { json in
                json.field("method", method.rawValue)
                json.field("path", path)
                json.field("request", request)
                json.field("status", reply.status)
                json.field("audited", isAudited)
                json.field("content_type", reply.header("content-type"))
                json.field("response", reply.body.isEmpty ? nil : reply.json)
            }
            let line = json.bytes + [UInt8(ascii: "\n")]
            unsafe _ = line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        }
    }
}
