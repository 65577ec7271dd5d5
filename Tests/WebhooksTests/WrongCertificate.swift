import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A receiver over TLS whose certificate nobody vouches for, as a process of its own. Ends with its task.
struct WrongCertificate: Sendable {
    let port: Int
    private let folder: FilePath

    static func run<Value: Sendable>(_ body: @Sendable (WrongCertificate) async throws -> Value) async throws -> Value {
        let folder = FilePath("/tmp/tradewind-wrong-certificate-\(getpid())")
        try #require(unsafe mkdir(folder.string, 0o700) == 0)
        defer { for name in ["key.pem", "certificate.pem", "port", "requests", ""] { unsafe _ = remove("\(folder)/\(name)") } }
        let script = TestDatabase.repositoryFolder.appending("Tests/WebhooksTests/wrong_certificate.py")
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try? await Subprocess.run(
                    .name("python3"), arguments: [script.string, folder.string], output: .discarded, error: .discarded)
            }
            defer { group.cancelAll() }
            let end = ContinuousClock.now + .seconds(30)
            while true {
                if let port = (try? text(of: folder.appending("port"))).flatMap({ Int($0) }) {
                    return try await body(WrongCertificate(port: port, folder: folder))
                }
                try #require(ContinuousClock.now < end, "the receiver over TLS does not start")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// What came through TLS: nothing, where the client minds certificates.
    var requests: String { (try? Self.text(of: folder.appending("requests"))) ?? "" }

    private static func text(of path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }
}
