import Crypto
import HTTPSupport
package import Kernel
package import Tenancy

/// What may be shown once as a secret text: its first word tells what it is.
package protocol SecretTokenKind: IDKind {
    static var tokenWord: String { get }
}

extension KeyKind: SecretTokenKind { package static let tokenWord = "tw" }
extension SessionKind: SecretTokenKind { package static let tokenWord = "tws" }
extension InvitationKind: SecretTokenKind { package static let tokenWord = "twi" }

package typealias KeyToken = SecretToken<KeyKind>
package typealias SessionToken = SecretToken<SessionKind>
package typealias InvitationToken = SecretToken<InvitationKind>

/// Which installation a token is for.
package enum KeyEnvironment: String, Sendable, CaseIterable {
    case live, test
}

/// The text of a key, a session or an invitation as it is shown once: `tw_live_<id>_<secret>`. The first words tell what it
/// is and for which environment, so that secret scanners find it (docs/parties.md has the expression) and a test key is
/// never mistaken for a live one.
package struct SecretToken<Kind: SecretTokenKind>: Sendable {
    package typealias Environment = KeyEnvironment
    package static var secretBytes: Int { 32 }

    package let id: TypedID<Kind>
    private let environment: Environment
    private let secret: [UInt8]

    /// A new one with a random secret.
    package init(_ environment: Environment, in world: OutsideWorld) {
        id = world.newID()
        self.environment = environment
        secret = world.randomBytes(Self.secretBytes)
    }

    /// Parses a token of this kind and environment; nil where it is anything else.
    package init?(_ text: String, in environment: Environment) {
        let prefix = "\(Kind.tokenWord)_\(environment.rawValue)_"
        let parts = text.dropFirst(prefix.count).split(separator: "_", maxSplits: 1)
        guard text.hasPrefix(prefix), parts.count == 2, let id = TypedID<Kind>("\(Kind.prefix)_\(parts[0])"),
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
        "\(Kind.tokenWord)_\(environment.rawValue)_\("\(id)".dropFirst(Kind.prefix.count + 1))_\(Base64URL.encode(secret))"
    }

    /// Compares in constant time.
    package func matches(_ storedHash: [UInt8]) -> Bool {
        let own = secretHash
        guard own.count == storedHash.count else { return false }
        return zip(own, storedHash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
