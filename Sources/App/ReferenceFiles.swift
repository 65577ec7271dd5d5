import Compression
import Crypto
package import SystemPackage

/// The contract and the pages made of it (`bin/reference`), read once at start and served as they are.
package struct ReferenceFiles: Sendable {
    /// The largest file that is read; far beyond what the contract needs.
    static let bytesMax = 16 << 20

    /// What is served: where it is asked for, and where it lies in the folder `Contracts`.
    enum Name: String, CaseIterable, Sendable {
        case page = "reference/index.html"
        case problems = "reference/problems.html"
        case style = "reference/reference.css"
        case script = "reference/reference.js"
        case json = "reference/openapi.json"
        case yaml = "openapi.yaml"
    }

    struct File: Sendable {
        let name: Name
        let bytes: [UInt8]
        /// The same for whoever takes gzip.
        let gzip: [UInt8]
        /// Changes with the content; weak, as it stands for both encodings.
        let tag: String
    }

    package enum Fault: Error, CustomStringConvertible {
        case unreadable(String)

        package var description: String {
            switch self {
            case .unreadable(let path): "\(path) cannot be read; set TRADEWIND_CONTRACTS to the folder Contracts"
            }
        }
    }

    let files: [File]

    package init(in folder: FilePath) throws {
        files = try Name.allCases.map { name in
            let bytes = try Self.read(folder.pushing(FilePath(name.rawValue)))
            let digest = SHA256.hash(data: bytes).prefix(12)
            let tag = digest.map { String($0, radix: 36) }.joined()
            return File(name: name, bytes: bytes, gzip: Gzip.compress(bytes), tag: "W/\"\(tag)\"")
        }
    }

    private static func read(_ path: FilePath) throws -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            return try file.closeAfter { try read(file, at: path) }
        } catch {
            throw Fault.unreadable(path.string)
        }
    }

    private static func read(_ file: FileDescriptor, at path: FilePath) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = try unsafe piece.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= bytesMax else { throw Fault.unreadable(path.string) }
        }
    }
}
