import JSONText
import Subprocess
import SystemPackage
import TestSupport

/// What a newcomer saw who ran `bin/up` and the lines that it printed (`newcomer.sh`).
struct Newcomer: Sendable {
    /// What `bin/up` printed the first and the second time.
    let first: String
    let second: String
    /// The lines that were printed, and what they answered.
    let lines: String
    let answers: [String]
    let verify: String
    let mode: String
    /// What each guide's blocks printed, by role.
    let guides: [String: String]

    struct Failed: Error {
        let output: String
    }

    /// The program that is tried; nil outside of `bin/test`.
    static let program = Environment.variable("TRADEWIND_PROGRAM")
    private static let fileBytesMax = 1 << 20

    static func tried() async throws -> Newcomer {
        let folder = try await output("/bin/mktemp", "-d", "/tmp/tradewind-newcomer-XXXXXX")
        // As root the cluster belongs to another user, who must be able to enter.
        _ = try await output("/bin/chmod", "755", folder)
        do {
            _ = try await output("/bin/bash", "Tests/DemoStoryTests/newcomer.sh", folder)
            var guides: [String: String] = [:]
            for role in Guide.roles { guides[role] = try await output("/bin/cat", "\(folder)/\(role).guide") }
            let newcomer = Newcomer(
                first: try await output("/bin/cat", "\(folder)/first"), second: try await output("/bin/cat", "\(folder)/second"),
                lines: try await output("/bin/cat", "\(folder)/lines.sh"),
                answers: try await output("/bin/cat", "\(folder)/answers").split(separator: "\n").map(String.init),
                verify: try await output("/bin/cat", "\(folder)/verify"), mode: try await output("/bin/cat", "\(folder)/mode"),
                guides: guides)
            _ = try await output("/bin/rm", "-rf", folder)
            return newcomer
        } catch {
            _ = try await output("/bin/rm", "-rf", folder)
            throw error
        }
    }

    /// A file of the project.
    static func text(of file: String) async throws -> String { try await output("/bin/cat", file) }

    /// The answer that is JSON with a member of this name.
    func answer(with name: String) -> JSONValue {
        answers.lazy.compactMap { try? JSONReader.parse(Array($0.utf8)) }.first { $0[name] != .null } ?? .null
    }

    /// What a program printed; it must succeed.
    private static func output(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments), output: .string(limit: fileBytesMax),
            error: .string(limit: fileBytesMax))
        guard result.terminationStatus.isSuccess else { throw Failed(output: result.standardError + result.standardOutput) }
        return String(result.standardOutput.reversed().drop { $0 == "\n" }.reversed())
    }
}
