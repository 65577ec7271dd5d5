import Crypto
import Glibc
package import SystemPackage

/// A PostgreSQL cluster of our own, for a program that was given no other: data checksums, C.UTF-8, a unix socket and
/// no TCP. It outlives a crash of the program, and the next start adopts it.
package struct PrivateCluster: Sendable {
    package static let database = "tradewind"
    package static let login = "tradewind"
    /// How long what a killed postmaster left behind may stand in the way of a start.
    static let remainsSecondsMax: Int64 = 15
    /// How often whoever waits for a recovery is told of it.
    static let tellingSeconds: Int64 = 10

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

    /// Makes the cluster where it is missing, starts it where it does not run, waits until it takes connections, and makes
    /// the database. After a crash that takes as long as there is WAL to read: `waiting` hears of it, then every ten seconds.
    /// True where a running cluster was adopted.
    @discardableResult
    package func start(
        settings: [String: String] = [:], waiting: @Sendable (Duration) -> Void = { _ in }
    ) async throws -> Bool {
        try await prepareSocketFolder()
        if try await !owner.exists(dataFolder.appending("PG_VERSION")) { try await initialise() }
        let adopted = try await isRunning()
        do {
            if !adopted { try await startPostmaster(settings) }
        } catch let fault as ClusterFault {
            guard hasPostmaster else { throw fault }
        }
        try await waitUntilReady(waiting)
        try await makeDatabase()
        return adopted
    }

    /// `pg_ctl` takes a dead postmaster that nobody has reaped yet for alive; it may be reaped before we look, so that only one
    /// that is seen living counts.
    package func isRunning() async throws -> Bool {
        let isAlive = try await owner.run(programs.pgCtl, ["status", "-D", dataFolder.string]).isSuccess
        return isAlive && hasPostmaster
    }

    /// Whether its postmaster lives, by the cluster's own file: cheap enough to ask twice a second.
    package var hasPostmaster: Bool { PostmasterFile(in: dataFolder).namesLiving }

    private func waitUntilReady(_ waiting: @Sendable (Duration) -> Void) async throws {
        let file = PostmasterFile(in: dataFolder)
        let started = ContinuousClock.now
        var telling = started
        while !file.saysReady {
            guard file.namesLiving else {
                let lines = try await owner.run("/usr/bin/tail", ["-n", "12", log.string]).output
                throw ClusterFault.failed(command: "the start of PostgreSQL", output: lines)
            }
            if ContinuousClock.now >= telling {
                waiting(ContinuousClock.now - started)
                telling += .seconds(Self.tellingSeconds)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Lets running transactions end on the server's own terms (`fast`), or not at all (`immediate`).
    package func stop(mode: StaticString = "fast") async throws {
        guard try await isRunning() else { return }
        try await owner.mustRun(programs.pgCtl, ["stop", "-D", dataFolder.string, "-m", "\(mode)", "-w", "-t", "60"])
    }

    private func initialise() async throws {
        try await owner.mustRun(
            programs.initdb,
            [
                "-D", dataFolder.string, "-U", "postgres", "--auth=trust", "--data-checksums", "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
    }

    /// Where a postmaster was killed, its children hold the shared memory for a moment longer: it is tried again. That
    /// memory, not the file, keeps two postmasters apart, so a dead one's file may go.
    func startPostmaster(_ settings: [String: String]) async throws {
        let file = PostmasterFile(in: dataFolder)
        let hasRemains = file.exists
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.remainsSecondsMax))
        while true {
            if file.namesZombie { try await owner.mustRun("/bin/rm", ["-f", file.path.string]) }
            do {
                return try await launchPostmaster(settings)
            } catch let fault as ClusterFault {
                guard hasRemains, ContinuousClock.now < deadline else { throw fault }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func launchPostmaster(_ settings: [String: String]) async throws {
        var all = [
            "listen_addresses": "", "unix_socket_directories": socketFolder.string, "max_connections": "100",
            "shared_buffers": "256MB", "max_wal_size": "4GB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
        ]
        all.merge(Self.quietLog) { $1 }
        all.merge(settings) { _, given in given }
        let options = all.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(ShellWord.quoted($0.value))" }.joined(separator: " ")
        try await owner.mustRun(
            programs.pgCtl,
            [
                "start", "-D", dataFolder.string, "-l", log.string, "-w", "-t", "60", "-o", options,
            ])
    }

    /// Its log has no statement, no parameter and no value of a row: DETAIL, where values are, is left out with `terse`.
    package static let quietLog = [
        "log_min_messages": "warning", "log_min_error_statement": "panic", "log_error_verbosity": "terse",
        "log_parameter_max_length": "0", "log_parameter_max_length_on_error": "0", "log_statement": "none",
        "log_min_duration_statement": "-1",
    ]

    private func makeDatabase() async throws {
        let maintenance = Database(DatabaseConfiguration(address: superuserAddress()))
        let exists = try await maintenance.administer { tx in
            try tx.script(
                """
                DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradewind') THEN
                        CREATE ROLE tradewind LOGIN NOINHERIT;
                    END IF;
                    GRANT pg_monitor TO tradewind;
                END $$
                """)
            return try tx.first("SELECT 1 FROM pg_database WHERE datname = \(Self.database)") { row in try row.next(Int32.self) }
        }
        if exists == nil { try await maintenance.createDatabase(Self.database) }
        await maintenance.close()
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

package enum ClusterFault: Error, CustomStringConvertible {
    case postgresNotInstalled
    case noPostgresUser
    case folderUnreachable(String)
    case socketFolderNotOurs(String)
    case archiveUnreachable(String)
    case notArchived(String)
    case folderTaken(String)
    case targetNotReached(last: String?)
    case failed(command: String, output: String)

    package var description: String {
        switch self {
        case .postgresNotInstalled: "PostgreSQL 15 or newer is not installed: apt-get install postgresql"
        case .noPostgresUser: "PostgreSQL refuses to run as root and there is no user postgres: apt-get install postgresql"
        case .folderUnreachable(let path):
            "the user postgres can reach neither \(path) nor /var/lib/tradewind: let it pass through the folders above one of "
                + "them (chmod o+x), name another folder with TRADEWIND_STATE, or run the program as a user that is not root"
        case .socketFolderNotOurs(let path): "\(path) exists and is not a private folder of the cluster's user; remove it"
        case .archiveUnreachable(let path): "the cluster's user cannot write to \(path): give it the folder"
        case .notArchived(let segment):
            "\(segment) did not reach the archive: see postgres.log, and the disk and rights of the archive's folder"
        case .folderTaken(let path): "\(path) exists: restore into a state folder that has no cluster"
        case .targetNotReached(let last):
            "the archive ends before that moment"
                + (last.map { ": the last transaction in it is of \($0)" } ?? " and has no transaction at all")
                + ". Restore to the end of it (without --to), or add the dead cluster's WAL with --wal"
        case .failed(let command, let output): "\(command) failed: \(output)"
        }
    }
}
