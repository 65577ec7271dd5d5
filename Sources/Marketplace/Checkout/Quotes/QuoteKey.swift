import Crypto
import Kernel

/// The server key that signs quotes. While it is changed, what the previous one signed is accepted too: a quote without a
/// hold is good for a day.
package struct QuoteKey: Sendable {
    static let signatureBytes = 16

    private let current: SymmetricKey
    private let previous: SymmetricKey?

    /// At least 32 random bytes each.
    package init(_ bytes: [UInt8], previous: [UInt8]? = nil) {
        precondition(bytes.count >= 32 && previous.map { $0.count >= 32 } ?? true, "a quote key is too short")
        current = SymmetricKey(data: bytes)
        self.previous = previous.map { SymmetricKey(data: $0) }
    }

    /// The first half of the HMAC: 128 bits are beyond guessing within a day.
    func signature(of content: [UInt8]) -> [UInt8] { Self.signature(of: content, current) }

    /// Stands in a token for a shopper who has no key yet: below zero, the same for the same id, and tells nothing of it.
    func strangerKey(of shopper: ExternalID, at retailer: RetailerID) -> Int64 {
        Self.strangerKey(of: shopper, at: retailer, current)
    }

    /// What a token that is accepted may have for that shopper.
    func strangerKeys(of shopper: ExternalID, at retailer: RetailerID) -> [Int64] {
        keys.map { Self.strangerKey(of: shopper, at: retailer, $0) }
    }

    /// What stands for a request's body where it is remembered: without the key nobody tries shoppers' ids against it.
    func digests(of body: [UInt8]) -> [[UInt8]] {
        keys.map { Array(HMAC<SHA256>.authenticationCode(for: Array("body\n".utf8) + body, using: $0)) }
    }

    /// Compares in constant time.
    func accepts(_ signature: [UInt8], for content: [UInt8]) -> Bool {
        keys.contains { key in
            zip(signature, Self.signature(of: content, key)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    private var keys: [SymmetricKey] { [current, previous].compactMap(\.self) }

    private static func signature(of content: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: content, using: key).prefix(signatureBytes))
    }

    private static func strangerKey(of shopper: ExternalID, at retailer: RetailerID, _ key: SymmetricKey) -> Int64 {
        let hash = signature(of: Array("shopper \(retailer) \(shopper)".utf8), key).prefix(8).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        return Int64(bitPattern: hash | 1 << 63)
    }
}
