import Crypto
package import Kernel
package import Postgres

/// Keeps secrets under the master keys of an installation: AES-256-GCM, bound to whose they are, so that a sealed secret
/// moved to another row does not open. One key seals; while keys are rotated the previous one opens too.
package struct SecretBox: Sendable {
    package static let keyBytes = 32

    private let current: MasterKey
    private let previous: MasterKey?

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

    /// `previous` is what sealed until the key was changed; the same key twice counts once.
    package init(masterKey bytes: [UInt8], previous: [UInt8]? = nil) throws {
        current = try MasterKey(bytes)
        self.previous = try previous == bytes ? nil : previous.map(MasterKey.init)
    }

    /// Names the key that seals without telling it.
    package var keyID: String { current.id }

    package var previousKeyID: String? { previous?.id }

    package func seal(_ secret: [UInt8], for owner: [UInt8], in world: OutsideWorld) throws -> SealedSecret {
        let nonce = try AES.GCM.Nonce(data: world.randomBytes(12))
        let box = try AES.GCM.seal(secret, using: current.key, nonce: nonce, authenticating: owner)
        return SealedSecret(
            keyID: current.id, bytes: Bytes(Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)))
    }

    package func open(_ sealed: SealedSecret, for owner: [UInt8]) throws -> [UInt8] {
        guard let master = [current, previous].compactMap(\.self).first(where: { $0.id == sealed.keyID }) else {
            throw Fault.unknownKey(sealed.keyID)
        }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed.bytes.array)
            return Array(try AES.GCM.open(box, using: master.key, authenticating: owner))
        } catch {
            throw Fault.doesNotOpen
        }
    }

    /// The same secret under the key that seals now.
    package func reseal(_ sealed: SealedSecret, for owner: [UInt8], in world: OutsideWorld) throws -> SealedSecret {
        try seal(try open(sealed, for: owner), for: owner, in: world)
    }
}

/// A secret as it is stored: nonce, ciphertext and tag in one, beside the name of the key that sealed it.
package struct SealedSecret: Sendable {
    package let keyID: String
    package let bytes: Bytes

    package init(keyID: String, bytes: Bytes) {
        self.keyID = keyID
        self.bytes = bytes
    }
}

/// A master key and the name that is stored beside what it sealed: eight characters of a hash, which tell nothing of it.
private struct MasterKey: Sendable {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let idCharacters = 8

    let id: String
    let key: SymmetricKey

    init(_ bytes: [UInt8]) throws {
        guard bytes.count == SecretBox.keyBytes else { throw SecretBox.Fault.keyLength }
        key = SymmetricKey(data: bytes)
        let hash = SHA256.hash(data: Array("tradewind key id".utf8) + bytes).prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let digits = (0..<Self.idCharacters).map { Self.alphabet[Int(hash >> UInt64(6 * (Self.idCharacters - 1 - $0)) & 63)] }
        id = String(decoding: digits, as: UTF8.self)
    }
}
