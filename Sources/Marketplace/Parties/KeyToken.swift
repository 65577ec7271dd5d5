import Crypto
import HTTPSupport
package import Kernel
package import Tenancy

/// The text of a key as it is shown once and sent as a bearer token: `tw_live_<key id>_<secret>`. The prefix tells the
/// environment, so that secret scanners find it and a test key is never mistaken for a live one.
package struct KeyToken: Sendable {
    package static let secretBytes = 32

    package let id: KeyID
    private let environment: Environment
    private let secret: [UInt8]

    package enum Environment: String, Sendable, CaseIterable {
        case live, test
    }

    /// A new key with a random secret.
    package init(_ environment: Environment, in world: OutsideWorld) {
        id = world.newID()
        self.environment = environment
        secret = world.randomBytes(Self.secretBytes)
    }

    /// Parses a bearer token of this environment; nil where it is anything else.
    package init?(_ text: String, in environment: Environment) {
        let prefix = "tw_\(environment.rawValue)_"
        let parts = text.dropFirst(prefix.count).split(separator: "_", maxSplits: 1)
        guard text.hasPrefix(prefix), parts.count == 2, let id = KeyID("key_\(parts[0])"),
            let secret = Base64URL.decode(String(parts[1])), secret.count == Self.secretBytes
        else { return nil }
        self.id = id
        self.environment = environment
        self.secret = secret
    }

    /// What is stored: SHA-256 of the secret, which is random enough to need no more.
    package var secretHash: [UInt8] { Array(SHA256.hash(data: secret)) }

    /// The whole token. Shown once, never logged.
    package var text: String {
        "tw_\(environment.rawValue)_\("\(id)".dropFirst(KeyKind.prefix.count + 1))_\(Base64URL.encode(secret))"
    }

    /// Compares in constant time.
    package func matches(_ storedHash: [UInt8]) -> Bool {
        let own = secretHash
        guard own.count == storedHash.count else { return false }
        return zip(own, storedHash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
