import Crypto
import Kernel
import Postgres

/// Keeps endpoints' secrets under a master key: AES-256-GCM, bound to the endpoint that they belong to, so that a sealed
/// secret moved to another row does not open.
package struct SecretBox: Sendable {
    package static let keyBytes = 32

    /// Names the master key without telling it: stored beside what it sealed, for a later rotation.
    package let keyID: String
    private let key: SymmetricKey

    package enum Fault: Error, CustomStringConvertible {
        case keyLength
        case unknownKey(String)
        case doesNotOpen

        package var description: String {
            switch self {
            case .keyLength: "the secret key must be 32 bytes in base64"
            case .unknownKey(let id): "a secret was sealed with the key \(id), which this program was not given"
            case .doesNotOpen: "a sealed secret does not open"
            }
        }
    }

    package init(masterKey bytes: [UInt8]) throws {
        guard bytes.count == Self.keyBytes else { throw Fault.keyLength }
        key = SymmetricKey(data: bytes)
        keyID = Base64.encode(Array(SHA256.hash(data: Array("tradewind key id".utf8) + bytes).prefix(6)))
    }

    func seal(_ secret: WebhookSecret, for endpoint: EndpointID, in world: OutsideWorld) throws -> Bytes {
        let nonce = try AES.GCM.Nonce(data: world.randomBytes(12))
        let box = try AES.GCM.seal(secret.bytes, using: key, nonce: nonce, authenticating: endpoint.value.bytes)
        return Bytes(Array(box.nonce) + Array(box.ciphertext) + Array(box.tag))
    }

    func open(_ sealed: SealedSecret, for endpoint: EndpointID) throws -> WebhookSecret {
        guard sealed.keyID == keyID else { throw Fault.unknownKey(sealed.keyID) }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.bytes.array)
            return WebhookSecret(bytes: Array(try AES.GCM.open(box, using: key, authenticating: endpoint.value.bytes)))
        } catch {
            throw Fault.doesNotOpen
        }
    }
}

/// A secret as it is stored.
struct SealedSecret: Sendable {
    let endpoint: EndpointID
    let keyID: String
    let bytes: Bytes
}
