import Kernel
package import Postgres
package import SystemPackage

/// The PostgreSQL that a process works on: the one at `DATABASE_URL`, or the private cluster, which `serve` starts and
/// stops and other commands only attach to.
package struct DatabaseHome: Sendable {
    package let database: Database
    let cluster: PrivateCluster?
    /// With which a private cluster is started, the first time and again.
    let clusterSettings: [String: String]
    private let mayStop: Bool

    package enum Fault: Error, CustomStringConvertible {
        case notRunning
        case superuser

        package var description: String {
            switch self {
            case .notRunning: "the private PostgreSQL is not running: start `tradewind serve` first, or set DATABASE_URL"
            case .superuser: "the service refuses to run as a superuser of PostgreSQL: row-level security would not bind it"
            }
        }
    }

    /// Where a private cluster's data lies.
    package var dataFolder: FilePath? { cluster?.dataFolder }

    /// How long PostgreSQL may be silent before a served node takes it for away.
    static let silenceMillisMax: Int64 = 1_500

    /// Connects; with `starting`, a private cluster is made and started where needed. `serving` is for a node: it watches
    /// whether PostgreSQL answers, and migrations see which step it knows. `waiting` hears of a cluster that recovers.
    package static func open(
        _ configuration: Configuration, starting: Bool, serving: Bool = false,
        waiting: @escaping @Sendable (Duration) -> Void = { _ in }
    ) async throws -> DatabaseHome {
        if let url = configuration.databaseURL {
            return DatabaseHome(
                database: try connect(url, configuration, serving), cluster: nil, clusterSettings: [:], mayStop: false)
        }
        let cluster = try await PrivateCluster(in: configuration.stateFolder)
        let settings = starting ? try await archiving(cluster, configuration) : [:]
        if starting {
            try await cluster.start(settings: settings, waiting: waiting)
        } else if try await !cluster.isRunning() {
            throw Fault.notRunning
        }
        let database = try connect(cluster.address, configuration, serving)
        return DatabaseHome(database: database, cluster: cluster, clusterSettings: settings, mayStop: starting)
    }

    /// Does a command's work on it and closes it, also where the work fails.
    package static func with<Result>(
        _ configuration: Configuration, starting: Bool = false, _ work: (DatabaseHome) async throws -> Result
    ) async throws -> Result {
        let home = try await open(configuration, starting: starting)
        let result: Result
        do {
            result = try await work(home)
        } catch {
            try await home.close()
            throw error
        }
        try await home.close()
        return result
    }

    /// Settings of a cluster that archives its WAL, where the operator wants that.
    private static func archiving(_ cluster: PrivateCluster, _ configuration: Configuration) async throws -> [String: String] {
        guard let archive = configuration.backupFolder.map(WALArchive.init) else { return [:] }
        try await cluster.prepare(archive)
        return archive.settings(secondsMax: configuration.archiveSecondsMax)
    }

    /// Whether the PostgreSQL is the program's own.
    package var isPrivate: Bool { cluster != nil }

    /// Of a private cluster, where its superuser finds pgbench's tables.
    package var superuserAddress: String? { cluster?.superuserAddress() }

    /// Brings the schema up to date. A private cluster's roles are made by its superuser; an outside one's login must be
    /// allowed to.
    package func migrate(
        _ configuration: Configuration, _ report: @Sendable (MigrationProgress) -> Void
    ) async throws {
        let migrations = try Migration.all(in: configuration.migrationsFolder)
        guard let cluster else { return _ = try await Migrator(database, migrations).migrate(report) }
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress(database: PrivateCluster.database)))
        do {
            try await Migrator(superuser, migrations).migrate(report)
        } catch {
            await superuser.close()
            throw error
        }
        await superuser.close()
    }

    /// Throws unless this program can work on the schema and the login is no superuser.
    package func check(_ configuration: Configuration) async throws {
        try await Migrator(database, Migration.all(in: configuration.migrationsFolder)).check()
        let isSuperuser = try await database.administer { tx in
            try tx.one("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user") { row in
                try row.next(Bool.self)
            }
        }
        if isSuperuser { throw Fault.superuser }
    }

    package func close() async throws {
        await database.close()
        if mayStop { try await cluster?.stop() }
    }

    private static func connect(_ address: String, _ configuration: Configuration, _ serving: Bool) throws -> Database {
        var database = DatabaseConfiguration(address: address)
        database.connectionsMax = configuration.connectionsMax
        if serving {
            let newest = try Migration.all(in: configuration.migrationsFolder).last?.number ?? 0
            database.applicationName = ProgramName.knowing(newest)
            database.silenceMillisMax = silenceMillisMax
        }
        return Database(database)
    }
}
