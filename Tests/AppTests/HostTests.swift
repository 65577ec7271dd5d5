import App
import Glibc
import Kernel
import Postgres
import SystemPackage
import TestSupport
import Testing

/// What the machine lets others at.
@Suite struct HostTests {
    @Test func `the private cluster listens to no network, and its socket and its data are its owner's alone`() async throws {
        let cluster = try await TestCluster.shared.cluster()
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        let settings = try await superuser.administer { tx in
            try tx.query(
                """
                SELECT name || '=' || setting FROM pg_settings
                WHERE name IN (
                    'data_checksums', 'listen_addresses', 'log_error_verbosity', 'log_min_duration_statement',
                    'log_min_error_statement', 'log_parameter_max_length', 'log_parameter_max_length_on_error', 'log_statement')
                ORDER BY name
                """, { row in try row.next(String.self) })
        }

        #expect(
            settings == [
                "data_checksums=on", "listen_addresses=", "log_error_verbosity=terse", "log_min_duration_statement=-1",
                "log_min_error_statement=panic", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0",
                "log_statement=none",
            ])
        #expect(try mode(of: cluster.socketFolder) == 0o700)
        #expect(try mode(of: cluster.dataFolder) == 0o700)
        await superuser.close()
    }

    @Test func `the service refuses to run as a superuser of PostgreSQL`() async throws {
        _ = try await TestDatabase.open()
        let cluster = try await TestCluster.shared.cluster()
        await #expect(throws: DatabaseHome.Fault.self) {
            try await check(cluster.superuserAddress(database: PrivateCluster.database))
        }
        try await check(cluster.address)
    }

    private func check(_ address: String) async throws {
        let configuration = try Configuration(
            environment: ["DATABASE_URL": address], workingFolder: TestDatabase.repositoryFolder,
            program: TestDatabase.repositoryFolder)
        try await DatabaseHome.with(configuration) { home in try await home.check(configuration) }
    }

    private func mode(of folder: FilePath) throws -> mode_t {
        var facts = stat()
        try #require(unsafe stat(folder.string, &facts) == 0)
        return facts.st_mode & 0o777
    }
}
