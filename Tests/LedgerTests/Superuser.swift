import Postgres
import TestSupport

/// Past all fences and grants: for what somebody with the database's own password might do to the books.
func superuser(of database: Database) async throws -> Database {
    let name = try await database.administer { tx in
        try tx.one("SELECT current_database()::text") { row in try row.next(String.self) }
    }
    let cluster = try await TestCluster.shared.cluster()
    return Database(DatabaseConfiguration(address: cluster.superuserAddress(database: name)))
}

extension Database {
    /// Changes rows though the service may not, foreign keys or not.
    func tamper(_ sql: String) async throws {
        _ = try await administer { tx in try tx.script("SET LOCAL session_replication_role = replica; " + sql) }
    }
}
