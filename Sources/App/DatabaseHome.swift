import Kernel
package import Postgres
import SystemPackage

/// The PostgreSQL that a process works on: the one at `DATABASE_URL`, or the private cluster, which `serve` starts and
/// stops and other commands only attach to.
package struct DatabaseHome: Sendable {
    package let database: Database
    private let cluster: PrivateCluster?
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

    /// Connects; with `starting`, a private cluster is made and started where needed.
    package static func open(_ configuration: Configuration, starting: Bool) async throws -> DatabaseHome {
        if let url = configuration.databaseURL {
            return DatabaseHome(database: connect(url, configuration), cluster: nil, mayStop: false)
        }
        let cluster = try await PrivateCluster(in: configuration.stateFolder)
        if starting {
            try await cluster.start(settings: try await archiving(cluster, configuration))
        } else if try await !cluster.isRunning() {
            throw Fault.notRunning
        }
        return DatabaseHome(database: connect(cluster.address, configuration), cluster: cluster, mayStop: starting)
    }

    /// Settings of a cluster that archives its WAL, where the operator wants that.
    private static func archiving(_ cluster: PrivateCluster, _ configuration: Configuration) async throws -> [String: String] {
        guard let archive = configuration.backupFolder.map(WALArchive.init) else { return [:] }
        try await cluster.prepare(archive)
        return archive.settings(secondsMax: configuration.archiveSecondsMax)
    }

    /// Brings the schema up to date. A private cluster's roles are made by its superuser; an outside one's login must be
    /// allowed to.
    package func migrate(_ configuration: Configuration, applied: @Sendable (Migration) -> Void) async throws {
        let migrations = try Migration.all(in: configuration.migrationsFolder)
        guard let cluster else { return _ = try await Migrator(database, migrations).migrate(applied: applied) }
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress(database: PrivateCluster.database)))
        do {
            try await Migrator(superuser, migrations).migrate(applied: applied)
        } catch {
            await superuser.close()
            throw error
        }
        await superuser.close()
    }

    /// Throws unless the schema is this program's and the login no superuser.
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

    private static func connect(_ address: String, _ configuration: Configuration) -> Database {
        var database = DatabaseConfiguration(address: address)
        database.connectionsMax = configuration.connectionsMax
        return Database(database)
    }
}
