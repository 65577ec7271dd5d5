import Crypto
import Glibc
import Subprocess
import SystemPackage

/// The user of the operating system that a private cluster belongs to: the one who runs the program, or `postgres`
/// where that is root, since PostgreSQL refuses to run as root.
struct ClusterOwner: Sendable {
    let folder: FilePath
    let userID: uid_t
    private let dropsToPostgres: Bool

    /// As root, `postgres` must be able to enter the folder; where it cannot, the cluster goes to /var/lib/tradewind.
    static func choose(for folder: FilePath) async throws -> ClusterOwner {
        guard geteuid() == 0 else {
            let owner = ClusterOwner(folder: folder, userID: geteuid(), dropsToPostgres: false)
            try await owner.mustRun("/bin/mkdir", ["-p", folder.string])
            return owner
        }
        guard let postgres = unsafe getpwnam("postgres") else { throw ClusterFault.noPostgresUser }
        let userID = unsafe postgres.pointee.pw_uid
        let name = Crypto.SHA256.hash(data: Array(folder.string.utf8)).prefix(6).map { "\($0)" }.joined()
        for candidate in [folder, FilePath("/var/lib/tradewind/\(name)")] {
            let owner = ClusterOwner(folder: candidate, userID: userID, dropsToPostgres: true)
            let asRoot = ClusterOwner(folder: candidate, userID: 0, dropsToPostgres: false)
            try await asRoot.mustRun("/bin/mkdir", ["-p", candidate.string])
            try await asRoot.mustRun("/bin/chown", ["postgres", candidate.string])
            if try await owner.run("/usr/bin/test", ["-w", candidate.string]).isSuccess { return owner }
        }
        throw ClusterFault.folderUnreachable(folder.string)
    }

    /// Whether it is another user than the program's.
    var isOther: Bool { dropsToPostgres }

    static func ours(_ folder: FilePath) -> ClusterOwner {
        ClusterOwner(folder: folder, userID: geteuid(), dropsToPostgres: false)
    }

    func exists(_ path: FilePath) async throws -> Bool { try await run("/usr/bin/test", ["-e", path.string]).isSuccess }

    struct Outcome {
        let isSuccess: Bool
        let output: String
    }

    func run(_ program: String, _ arguments: [String]) async throws -> Outcome {
        let command = dropsToPostgres ? ["/usr/sbin/runuser", "-u", "postgres", "--", program] : [program]
        let whole = command + arguments
        let result = try await Subprocess.run(
            .path(FilePath(whole[0])), arguments: Arguments(Array(whole.dropFirst())), workingDirectory: "/",
            output: .string(limit: 64 * 1024), error: .combinedWithOutput)
        return Outcome(isSuccess: result.terminationStatus.isSuccess, output: result.standardOutput)
    }

    func mustRun(_ program: String, _ arguments: [String]) async throws {
        let outcome = try await run(program, arguments)
        guard outcome.isSuccess else {
            throw ClusterFault.failed(command: FilePath(program).lastComponent?.string ?? program, output: outcome.output)
        }
    }
}

/// The programs of the newest installed PostgreSQL.
struct PostgresPrograms: Sendable {
    static let versionMin = 15

    private let folder: FilePath

    var initdb: String { program("initdb") }
    var pgCtl: String { program("pg_ctl") }

    func program(_ name: String) -> String { folder.appending(name).string }

    static func locate() throws -> PostgresPrograms {
        let root = FilePath("/usr/lib/postgresql")
        let versions = ((try? FolderListing.names(in: root)) ?? []).compactMap { Int($0) }.filter { $0 >= versionMin }
        guard let newest = versions.max() else { throw ClusterFault.postgresNotInstalled }
        return PostgresPrograms(folder: root.appending("\(newest)").appending("bin"))
    }
}
