import App
import ArgumentParser
import Kernel
import SystemPackage
import Webhooks

/// For whoever writes a receiver.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks", abstract: "Check a signature by hand.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which signatures of a message are of a key. Exits with 1 where none is.",
            discussion: """
                Takes the headers of Standard Webhooks and the body as it came, byte for byte. Needs no database. A time that \
                lies more than five minutes from now is told, and is a reason to refuse the message, not the signature.
                """)

        @Option(help: "The header webhook-id.")
        var id: String

        @Option(help: "The header webhook-timestamp.")
        var timestamp: Int64

        @Option(help: "The header webhook-signature, whole.")
        var signature: String

        @Option(help: "A file with the secret, whsec_... A secret on a command line is seen by everybody on the machine.")
        var secretFile: String?

        @Option(help: "The public key, whpk_...")
        var publicKey: String?

        @Argument(help: "A file with the body.")
        var body: String

        func run() async throws {
            let check = SignatureCheck(id: id, timestamp: timestamp, signatures: signature, body: try Self.bytes(of: body))
            let verdicts = check.verdicts(by: try key())
            for (element, verdict) in verdicts { StandardOutput.print("\(verdict.rawValue)  \(element)") }
            if !check.isTimely(at: OutsideWorldClock.now().microseconds / 1_000_000) {
                StandardOutput.print("the time lies more than \(SignatureCheck.toleranceSeconds) seconds from now")
            }
            guard verdicts.contains(where: { $0.verdict == .verifies }) else { throw ExitCode(1) }
        }

        private func key() throws -> SignatureCheck.Key {
            guard (secretFile == nil) != (publicKey == nil) else {
                throw ValidationError("name --secret-file or --public-key")
            }
            let text = try publicKey ?? String(decoding: Self.bytes(of: secretFile ?? ""), as: UTF8.self)
            guard let key = SignatureCheck.Key(String(text.prefix { !$0.isWhitespace })) else {
                throw ValidationError("that is neither whsec_ nor whpk_ with 32 bytes in base64")
            }
            return key
        }

        private static func bytes(of path: String) throws -> [UInt8] {
            let file = try FileDescriptor.open(FilePath(WorkingFolder.absolute(path).string), .readOnly)
            return try file.closeAfter {
                var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
                while true {
                    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                    guard count > 0 else { return bytes }
                    bytes += buffer.prefix(count)
                    guard bytes.count <= DeliveryLimits.bodyBytesMax else {
                        throw ValidationError("a message has at most \(DeliveryLimits.bodyBytesMax) bytes")
                    }
                }
            }
        }
    }
}
