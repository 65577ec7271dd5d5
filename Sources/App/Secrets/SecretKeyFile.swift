import Glibc
import Kernel
import Sealing
import SystemPackage
import Webhooks

/// A key in a file of the state folder, in base64.
enum SecretKeyFile {
    static let name = "secret.key"
    static let previousName = "secret.key.previous"
    static let bytesMax = 256

    case current(FilePath)
    case previous(FilePath)

    var path: FilePath {
        switch self {
        case .current(let folder): folder.appending(Self.name)
        case .previous(let folder): folder.appending(Self.previousName)
        }
    }

    /// For a backup and a restore: the key, and the one before it where it still opens something. False where there is none.
    static func copy(from folder: FilePath, to other: FilePath) throws -> Bool {
        guard let key = SmallFile.bytes(of: SecretKeyFile.current(folder).path, max: bytesMax) else { return false }
        try SmallFile.write(key, to: SecretKeyFile.current(other).path)
        if let key = SmallFile.bytes(of: SecretKeyFile.previous(folder).path, max: bytesMax) {
            try SmallFile.write(key, to: SecretKeyFile.previous(other).path)
        }
        return true
    }

    /// Nil where there is no file; one that holds no key is a fault.
    func read() throws -> [UInt8]? {
        guard let bytes = SmallFile.bytes(of: path, max: Self.bytesMax) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).prefix { !$0.isWhitespace }
        guard let key = Base64.decode(String(text)), key.count == SecretBox.keyBytes else {
            throw MasterKeys.Fault.unreadable(path.string)
        }
        return key
    }

    static func made(in folder: FilePath, _ world: OutsideWorld) throws -> [UInt8] {
        let file = SecretKeyFile.current(folder)
        unsafe mkdir(folder.string, 0o755)
        if let key = try file.read() { return key }
        let fresh = world.randomBytes(SecretBox.keyBytes)
        do {
            let opened = try FileDescriptor.open(
                file.path, .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
            try opened.closeAfter { _ = try opened.writeAll((Base64.encode(fresh) + "\n").utf8) }
            return fresh
        } catch {
            // Another start may have been first.
            guard let key = try file.read() else { throw MasterKeys.Fault.unreadable(file.path.string) }
            return key
        }
    }
}
