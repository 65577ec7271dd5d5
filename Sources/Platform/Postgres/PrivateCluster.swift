import Crypto
import Glibc
package import SystemPackage

/// A PostgreSQL cluster of our own, for a program that was given no other: data checksums, C.UTF-8, a unix socket and
/// no TCP. It outlives a crash of the program, and the next start adopts it.
package struct PrivateCluster: Sendable {
    package static let database = "tradewind"
    package static let login = "tradewind"

    /// Where the data lies; may differ from what was asked, see `ClusterOwner`.
    package let dataFolder: FilePath
    package let socketFolder: FilePath
    let programs: PostgresPrograms
    let owner: ClusterOwner
    /// What PostgreSQL itself writes.
    let log: FilePath

    /// `folder` is where the program keeps its state (`./var`); `name` is that of the data's folder in it.
    package init(in folder: FilePath, named name: String = "postgres") async throws {
        programs = try PostgresPrograms.locate()
        owner = try await ClusterOwner.choose(for: folder)
        dataFolder = owner.folder.appending(name)
        log = owner.folder.appending("\(name).log")
        socketFolder = FilePath("/tmp/tradewind-" + Self.digest(of: dataFolder))
    }

    /// The address for the program's login, which is no superuser.
    package var address: String { "host=\(socketFolder) dbname=\(Self.database) user=\(Self.login)" }

    /// The address of the cluster's superuser, for making databases in tests and for repair by an operator.
    package func superuserAddress(database: String = "postgres") -> String {
        "host=\(socketFolder) dbname=\(database) user=postgres"
    }

    /// `pg_ctl` takes a dead postmaster that nobody has reaped yet for alive; it may be reaped before we look, so that only one
    /// that is seen living counts.
    package func isRunning() async throws -> Bool {
        let isAlive = try await owner.run(programs.pgCtl, ["status", "-D", dataFolder.string]).isSuccess
        return isAlive && hasPostmaster
    }

    /// Whether its postmaster lives, by the cluster's own file: cheap enough to ask twice a second.
    package var hasPostmaster: Bool { PostmasterFile(in: dataFolder).namesLiving }

    /// What PostgreSQL wrote last.
    func lastLines() async throws -> String { try await owner.run("/usr/bin/tail", ["-n", "12", log.string]).output }

    /// Lets running transactions end on the server's own terms (`fast`), or not at all (`immediate`).
    package func stop(mode: StaticString = "fast") async throws {
        guard try await isRunning() else { return }
        try await owner.mustRun(programs.pgCtl, ["stop", "-D", dataFolder.string, "-m", "\(mode)", "-w", "-t", "60"])
    }

    /// In /tmp for its short name: a socket's path ends at 107 bytes. Refused unless it is ours alone.
    func prepareSocketFolder() async throws {
        try await owner.mustRun("/bin/mkdir", ["-p", "-m", "0700", socketFolder.string])
        var status = stat()
        guard unsafe lstat(socketFolder.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_mode & 0o777 == 0o700, status.st_uid == owner.userID
        else { throw ClusterFault.socketFolderNotOurs(socketFolder.string) }
    }

    private static func digest(of path: FilePath) -> String {
        let hex = Array("0123456789abcdef")
        return String(SHA256.hash(data: Array(path.string.utf8)).prefix(6).flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] })
    }
}
