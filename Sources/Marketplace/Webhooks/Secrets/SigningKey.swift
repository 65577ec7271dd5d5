import Crypto
package import Kernel

/// The Ed25519 key that an endpoint's messages are signed with beside its secret, where its owner asked for that: whoever has
/// the public half can verify and cannot forge (Standard Webhooks 1.0, `v1a`). The private half never leaves the service.
package struct SigningKey: Sendable {
    package static let byteCount = 32

    private let key: Curve25519.Signing.PrivateKey

    init(bytes: [UInt8]) throws { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) }

    package init(in world: OutsideWorld) throws { try self.init(bytes: world.randomBytes(Self.byteCount)) }

    var bytes: [UInt8] { Array(key.rawRepresentation) }

    package var publicKey: WebhookPublicKey { WebhookPublicKey(bytes: Array(key.publicKey.rawRepresentation)) }

    /// One element of `webhook-signature`, over `id.timestamp.body`.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) throws -> String {
        let message = Array("\(id).\(timestamp).".utf8) + body
        return "v1a," + Base64.encode(Array(try key.signature(for: message)))
    }
}

/// What receivers verify `v1a` signatures with: `whpk_` and 32 bytes in base64. No secret.
package struct WebhookPublicKey: Sendable, Hashable {
    static let prefix = "whpk_"

    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        precondition(bytes.count == SigningKey.byteCount, "a public key has 32 bytes")
        self.bytes = bytes
    }

    /// Nil where the text is no such key.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            bytes.count == SigningKey.byteCount
        else { return nil }
        self.bytes = bytes
    }

    package var text: String { Self.prefix + Base64.encode(bytes) }

    /// - Parameter signature: an element of `webhook-signature`, `v1a,` and its base64.
    package func verifies(_ signature: String, id: String, timestamp: Int64, body: [UInt8]) -> Bool {
        guard signature.hasPrefix("v1a,"), let raw = Base64.decode(String(signature.dropFirst(4))),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return false }
        return key.isValidSignature(raw, for: Array("\(id).\(timestamp).".utf8) + body)
    }
}
