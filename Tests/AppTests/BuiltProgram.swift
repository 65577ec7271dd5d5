import Glibc
import Subprocess
import SystemPackage
import Testing

/// The executable that was built with these tests; `bin/test` names it.
enum BuiltProgram {
    static let path = unsafe getenv("TRADEWIND_PROGRAM").map { unsafe FilePath(String(cString: $0)) }

    static let missing: Comment = "TRADEWIND_PROGRAM does not name the built executable: run bin/test"

    struct Outcome: Sendable {
        let isSuccess: Bool
        let output: String
    }

    /// Runs a command of the program to its end. Its own state only: nothing of ours is inherited.
    static func run(_ arguments: [String], environment variables: [String: String] = [:]) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(try #require(path)), arguments: Arguments(arguments), environment: environment(with: variables),
            output: .string(limit: 1 << 20), error: .combinedWithOutput)
        return Outcome(isSuccess: result.terminationStatus.isSuccess, output: result.standardOutput)
    }

    static func environment(with variables: [String: String]) -> Subprocess.Environment {
        environment.updating(
            Dictionary(uniqueKeysWithValues: variables.map { (Subprocess.Environment.Key(stringLiteral: $0), $1) }))
    }

    static let environment = Subprocess.Environment.inherit.updating([
        "DATABASE_URL": nil, "TRADEWIND_STATE": nil, "TRADEWIND_BACKUP_FOLDER": nil, "TRADEWIND_HOST": nil, "TRADEWIND_PORT": nil,
        "TRADEWIND_LOG_FORMAT": "text", "TRADEWIND_LOG_LEVEL": "notice", "TRADEWIND_ENVIRONMENT": "test",
    ])
}
