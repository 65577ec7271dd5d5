/// A message as its receiver got it, checked by hand: which elements of `webhook-signature` are of which key. Pure.
package struct SignatureCheck: Sendable {
    /// How far a message's time may lie from now (Standard Webhooks 1.0).
    package static let toleranceSeconds: Int64 = 5 * 60

    /// What a receiver verifies with.
    package enum Key: Sendable {
        case secret(WebhookSecret)
        case publicKey(WebhookPublicKey)

        /// `whsec_...` or `whpk_...`; nil where the text is neither.
        package init?(_ text: String) {
            if let secret = WebhookSecret(text) {
                self = .secret(secret)
            } else if let key = WebhookPublicKey(text) {
                self = .publicKey(key)
            } else {
                return nil
            }
        }
    }

    /// What is said of one element of the header.
    package enum Verdict: String, Sendable {
        case verifies
        case differs
        /// Of the other kind of key.
        case otherVersion = "other_version"
    }

    package let id: String
    /// Seconds since 1970, as the header has them.
    package let timestamp: Int64
    /// The whole header.
    package let signatures: String
    /// The very bytes.
    package let body: [UInt8]

    package init(id: String, timestamp: Int64, signatures: String, body: [UInt8]) {
        self.id = id
        self.timestamp = timestamp
        self.signatures = signatures
        self.body = body
    }

    /// Each element of the header with its verdict, in order.
    package func verdicts(by key: Key) -> [(element: String, verdict: Verdict)] {
        signatures.split(separator: " ").map { ("\($0)", verdict(of: "\($0)", by: key)) }
    }

    /// Whether a receiver may take the message's time for now.
    package func isTimely(at seconds: Int64) -> Bool {
        let (distance, isTooFar) = seconds.subtractingReportingOverflow(timestamp)
        return !isTooFar && distance.magnitude <= Self.toleranceSeconds.magnitude
    }

    private func verdict(of element: String, by key: Key) -> Verdict {
        switch key {
        case .secret(let secret):
            guard element.hasPrefix("v1,") else { return .otherVersion }
            return secret.signature(id: id, timestamp: timestamp, body: body) == element ? .verifies : .differs
        case .publicKey(let key):
            guard element.hasPrefix("v1a,") else { return .otherVersion }
            return key.verifies(element, id: id, timestamp: timestamp, body: body) ? .verifies : .differs
        }
    }
}
