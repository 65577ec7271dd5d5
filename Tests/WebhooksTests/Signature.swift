import Crypto
import Glibc
import JSONText
import Synchronization
import TestSupport
import Testing

@testable import Webhooks

/// A signature computed apart from the code under test, and a line for the public library of another language.
enum Signature {
    /// - Parameter publicKeys: `whpk_...`, recorded beside the message for an independent implementation of Ed25519.
    static func of(
        _ request: WebhookReceiver.Request, secret: String, publicKeys: [String] = []
    ) throws -> String {
        let key = try #require(Base64.decode(String(secret.dropFirst("whsec_".count))))
        let id = try #require(request.header("webhook-id"))
        let timestamp = try #require(request.header("webhook-timestamp"))
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(timestamp).".utf8) + request.body, using: SymmetricKey(data: key))
        try record(request, secret, publicKeys)
        return "v1," + Base64.encode(Array(code))
    }

    private static let file = Mutex<Int32?>(
        unsafe getenv("TRADEWIND_WEBHOOK_BODIES").map { unsafe open($0, O_WRONLY | O_CREAT | O_APPEND, 0o644) })

    private static func record(_ request: WebhookReceiver.Request, _ secret: String, _ publicKeys: [String]) throws {
        file.withLock { file in
            guard let file else { return }
            var json = JSONWriter()
            json.object { json in
                json.field("secret", secret)
                json.field("public_keys", publicKeys)
                json.object("headers") { json in
                    for header in request.headers where header.name.hasPrefix("webhook-") {
                        json.field(header.name, header.value)
                    }
                }
                json.field("body", String(decoding: request.body, as: UTF8.self))
            }
            let line = json.bytes + [UInt8(ascii: "\n")]
            unsafe _ = line.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        }
    }
}
