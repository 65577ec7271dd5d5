import Postgres
import TestSupport

extension Database {
    /// Changes rows though the service may not, foreign keys or not.
    func tamper(_ sql: String) async throws {
        _ = try await administer { tx in try tx.script("SET LOCAL session_replication_role = replica; " + sql) }
    }
}
