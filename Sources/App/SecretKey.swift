package import Checkout
import Crypto
import Glibc
package import Kernel
import Parties
import SystemPackage
package import Webhooks

/// The master key under which endpoints' secrets are kept: TRADEWIND_SECRET_KEY, or, on a machine that has its own private
/// cluster or is for tests, a file in the state folder, made once and readable to its owner alone.
package enum SecretKey {
    static let fileName = "secret.key"

    package enum Fault: Error, CustomStringConvertible {
        case missing
        case unreadable(String)

        package var description: String {
            switch self {
            case .missing:
                "TRADEWIND_SECRET_KEY is not set: with a DATABASE_URL and TRADEWIND_ENVIRONMENT=live all nodes need the same "
                    + "key, 32 random bytes in base64 (openssl rand -base64 32)"
            case .unreadable(let path): "the secret key at \(path) cannot be read or made"
            }
        }
    }

    package static func box(_ configuration: Configuration, in world: OutsideWorld) throws -> SecretBox {
        try SecretBox(masterKey: master(configuration, in: world))
    }

    /// The key that signs quotes, derived from the master key: every node that has the one accepts the other's quotes.
    package static func quoteKey(_ configuration: Configuration, in world: OutsideWorld) throws -> QuoteKey {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: try master(configuration, in: world)), info: Array("quotes 1".utf8),
            outputByteCount: 32)
        return QuoteKey(unsafe key.withUnsafeBytes { unsafe Array($0) })
    }

    /// The file's text, for a backup; nil where there is none.
    static func file(in folder: FilePath) -> [UInt8]? { SmallFile.bytes(of: folder.appending(fileName), max: 256) }

    private static func master(_ configuration: Configuration, in world: OutsideWorld) throws -> [UInt8] {
        if let key = configuration.secretKey { return key }
        guard configuration.databaseURL == nil || configuration.environment != .live else { throw Fault.missing }
        return try key(in: configuration.stateFolder, world)
    }

    private static func key(in folder: FilePath, _ world: OutsideWorld) throws -> [UInt8] {
        let path = folder.appending(fileName)
        unsafe mkdir(folder.string, 0o755)
        if let key = read(path) { return key }
        let fresh = world.randomBytes(SecretBox.keyBytes)
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll((Base64.encode(fresh) + "\n").utf8) }
            return fresh
        } catch {
            // Another start may have been first.
            guard let key = read(path) else { throw Fault.unreadable(path.string) }
            return key
        }
    }

    private static func read(_ path: FilePath) -> [UInt8]? {
        guard let bytes = SmallFile.bytes(of: path, max: 256) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).prefix { !$0.isWhitespace }
        guard let key = Base64.decode(String(text)), key.count == SecretBox.keyBytes else { return nil }
        return key
    }
}
