import Kernel
import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
    private let first = Migration(number: 0, name: "0000_roles.sql", text: "SELECT 1")
    private let second = Migration(number: 1, name: "0001_fact.sql", text: "CREATE TABLE fact (id bigint); SELECT 2;")

    @Test func `steps are applied once, in order, and 8 nodes may start at once`() async throws {
        let database = try await empty()
        let migrator = Migrator(database, [first, second])
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await migrator.migrate().count } }
            return try await group.reduce(0, +)
        }
        #expect(applied == 2)
        try await migrator.check()
        await database.close()
    }

    @Test func `a step that was changed after it had been applied is refused`() async throws {
        let database = try await empty()
        try await Migrator(database, [first, second]).migrate()
        let changed = Migration(number: 1, name: "0001_fact.sql", text: "CREATE TABLE fact (id int)")
        let fault = await #expect(throws: MigrationFault.self) { try await Migrator(database, [first, changed]).migrate() }
        if case .changedAfterApplied("0001_fact.sql")? = fault {} else { Issue.record("\(String(describing: fault))") }
        await database.close()
    }

    @Test func `a database of a newer program is refused`() async throws {
        let database = try await empty()
        try await Migrator(database, [first, second]).migrate()
        let fault = await #expect(throws: MigrationFault.self) { try await Migrator(database, [first]).migrate() }
        if case .databaseIsNewer(0, 1, 1)? = fault {} else { Issue.record("\(String(describing: fault))") }
        await database.close()
    }

    @Test func `a step that fails leaves nothing of itself, and the steps before it stand`() async throws {
        let database = try await empty()
        let broken = Migration(number: 1, name: "0001_broken.sql", text: "CREATE TABLE half (id bigint); SELECT nonsense;")
        await #expect(throws: MigrationFault.self) { try await Migrator(database, [first, broken]).migrate() }
        let found = try await database.administer { tx in
            try tx.one("SELECT count(*), to_regclass('half') IS NULL FROM schema_migration") { row in
                (try row.next(Int64.self), try row.next(Bool.self))
            }
        }
        #expect(found == (1, true))
        await database.close()
    }

    /// A database without any step, as a superuser, with the roles that the cluster has anyway.
    private func empty() async throws -> Database {
        _ = try await TestDatabase.open()
        let cluster = try await TestCluster.shared.cluster()
        let name = "empty_\(UInt32.random(in: 0 ... .max))"
        let maintenance = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        try await maintenance.createDatabase(name)
        await maintenance.close()
        let database = Database(DatabaseConfiguration(address: cluster.superuserAddress(database: name)))
        try await database.administer { tx in try tx.script("GRANT CREATE ON SCHEMA public TO tradewind_owner") }
        return database
    }
}
