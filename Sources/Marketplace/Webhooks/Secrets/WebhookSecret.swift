import Crypto
package import Kernel

/// The 32 random bytes that an endpoint's owner shares with us, and what they sign (Standard Webhooks 1.0).
package struct WebhookSecret: Sendable, Hashable {
    package static let byteCount = 32
    static let prefix = "whsec_"

    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a secret has 32 bytes")
        self.bytes = bytes
    }

    /// Nil where the text is no secret of ours.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            bytes.count == Self.byteCount
        else { return nil }
        self.bytes = bytes
    }

    package init(in world: OutsideWorld) { bytes = world.randomBytes(Self.byteCount) }

    /// As it is shown, once.
    package var text: String { Self.prefix + Base64.encode(bytes) }

    /// One element of `webhook-signature`, over `id.timestamp.body`.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        hmac.update(data: Array("\(id).\(timestamp).".utf8))
        hmac.update(data: body)
        return "v1," + Base64.encode(Array(hmac.finalize()))
    }
}
