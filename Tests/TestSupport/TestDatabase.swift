import App
import Glibc
package import Postgres
package import SystemPackage

/// A database with the whole schema. Tests share one, each with its own retailer; where a test needs global state, it
/// takes a private clone.
package actor TestDatabase {
    private static let shared = TestDatabase()

    private var opening: Task<Database, any Error>?
    private var cloneCount = 0

    /// The shared one, migrated once.
    package static func open() async throws -> Database { try await shared.database() }

    /// A new database of its own with the whole schema. Close it at the end.
    package static func clone() async throws -> Database { try await shared.makeClone().database }

    /// The same with its address, for a program that is to work on it too.
    package static func cloneWithAddress() async throws -> (database: Database, address: String) {
        try await shared.makeClone()
    }

    /// A database as PostgreSQL's superuser sees it, past every fence. Close it at the end.
    package static func superuser(of database: Database) async throws -> Database {
        let name = try await database.administer { tx in
            try tx.one("SELECT current_database()::text") { row in try row.next(String.self) }
        }
        return Database(.patient(at: try await TestCluster.shared.cluster().superuserAddress(database: name)))
    }

    /// An empty database of the cluster's superuser, whose statements may take long: a scratch pad beside the service's.
    package static func scratch(_ name: String) async throws -> Database {
        let cluster = try await TestCluster.shared.cluster()
        let maintenance = Database(.patient(at: cluster.superuserAddress()))
        try await maintenance.createDatabase(name)
        await maintenance.close()
        return Database(.patient(at: cluster.superuserAddress(database: name)))
    }

    /// The shared one as PostgreSQL's superuser sees it, past every fence. Close it at the end.
    package static func superuser() async throws -> Database {
        _ = try await open()
        let cluster = try await TestCluster.shared.cluster()
        return Database(.patient(at: cluster.superuserAddress(database: PrivateCluster.database)))
    }

    private func database() async throws -> Database {
        if let opening { return try await opening.value }
        let task = Task { try await Self.migrated() }
        opening = task
        return try await task.value
    }

    private static func migrated() async throws -> Database {
        let cluster = try await TestCluster.shared.cluster()
        let superuser = Database(.patient(at: cluster.superuserAddress(database: PrivateCluster.database)))
        try await Migrator(superuser, Migration.all(in: migrationsFolder)).migrate()
        await superuser.close()
        let maintenance = Database(.patient(at: cluster.superuserAddress()))
        try await maintenance.createDatabase("template_tradewind", template: PrivateCluster.database)
        await maintenance.close()
        var configuration = DatabaseConfiguration.patient(at: cluster.address)
        configuration.connectionsMax = 32
        return Database(configuration)
    }

    private func makeClone() async throws -> (database: Database, address: String) {
        _ = try await database()
        cloneCount += 1
        let name = "clone_\(cloneCount)"
        let cluster = try await TestCluster.shared.cluster()
        let maintenance = Database(.patient(at: cluster.superuserAddress()))
        try await maintenance.createDatabase(name, template: "template_tradewind")
        await maintenance.close()
        let address = "host=\(cluster.socketFolder) dbname=\(name) user=tradewind"
        return (Database(.patient(at: address)), address)
    }

    /// `Migrations` beside `Package.swift`.
    package static let migrationsFolder = repositoryFolder.appending("Migrations")

    package static let repositoryFolder: FilePath = {
        var folder = FilePath(#filePath)
        for _ in 0..<3 { folder.removeLastComponent() }
        return folder
    }()
}

extension DatabaseConfiguration {
    /// For tests, of which many run at once: none fails because the machine is busy.
    package static func patient(at address: String) -> DatabaseConfiguration {
        var configuration = DatabaseConfiguration(address: address)
        configuration.waitMillisMax = 60_000
        configuration.lockTimeoutMillis = 60_000
        configuration.statementTimeoutMillis = 120_000
        configuration.idleInTransactionTimeoutMillis = 60_000
        return configuration
    }
}
