package import Checkout
import Crypto
package import Kernel
import Parties
package import Sealing
import SystemPackage

/// The master key and what it was before: TRADEWIND_SECRET_KEY and ..._PREVIOUS, or, on a machine that has its own private
/// cluster or is for tests, files in the state folder, the first made once and both readable to their owner alone.
package struct MasterKeys: Sendable {
    package let current: [UInt8]
    package let previous: [UInt8]?
    /// Seals secrets in the database.
    package let box: SecretBox

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

    /// Makes the key's file where one is needed and there is none.
    package init(_ configuration: Configuration, in world: OutsideWorld) throws {
        try self.init(
            current: configuration.secretKey ?? SecretKeyFile.made(in: configuration.keyFolder, world), of: configuration)
    }

    /// What is there; nil where no key was set or made.
    package init?(existing configuration: Configuration) throws {
        if let key = configuration.secretKey {
            try self.init(current: key, of: configuration)
        } else if let folder = try? configuration.keyFolder, let key = try SecretKeyFile.current(folder).read() {
            try self.init(current: key, of: configuration)
        } else {
            return nil
        }
    }

    private init(current: [UInt8], of configuration: Configuration) throws {
        self.current = current
        // Where the key comes from the environment now, its file is what it was before.
        let file: SecretKeyFile =
            configuration.secretKey == nil ? .previous(configuration.stateFolder) : .current(configuration.stateFolder)
        previous = try configuration.previousSecretKey ?? file.read()
        box = try SecretBox(masterKey: current, previous: previous)
    }

    /// The key that signs quotes, derived from the master key: every node that has the one accepts the other's quotes.
    package var quoteKey: QuoteKey { QuoteKey(Self.quoteBytes(current), previous: previous.map(Self.quoteBytes)) }

    private static func quoteBytes(_ master: [UInt8]) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: master), info: Array("quotes 1".utf8), outputByteCount: 32)
        return unsafe key.withUnsafeBytes { unsafe Array($0) }
    }
}

extension Configuration {
    /// Where the key's file may be made; nodes that share a database in earnest must share the key too.
    fileprivate var keyFolder: FilePath {
        get throws {
            guard databaseURL == nil || environment != .live else { throw MasterKeys.Fault.missing }
            return stateFolder
        }
    }
}
