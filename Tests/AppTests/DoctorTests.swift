import App
import Kernel
import Postgres
import SystemPackage
import TestSupport
import Testing

/// What the doctor says of servers that are not well, each broken in one way.
@Suite struct DoctorTests {
    @Test func `it finds a table without its fence, a broken index, fsync off and a clock that is wrong`() async throws {
        let (database, address) = try await TestDatabase.cloneWithAddress()
        let name = try await database.administer { tx in
            try tx.one("SELECT current_database()::text") { row in try row.next(String.self) }
        }
        let cluster = try await TestCluster.shared.cluster()
        let superuser = Database(DatabaseConfiguration(address: cluster.superuserAddress(database: name)))
        try await superuser.administer { tx in
            try tx.script("ALTER TABLE receipt NO FORCE ROW LEVEL SECURITY")
            try tx.script("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'event_by_id'::regclass")
        }
        let late = OutsideWorld.real.by { OutsideWorld.real.now().adding(seconds: -5) }
        let report = await Doctor(configuration(address), variables: ["TRADEWIND_PROT": "1"], late).examine()
        await superuser.close()
        await database.close()

        let bad = report.findings.filter { $0.verdict == .bad }.map(\.what)
        #expect(bad.contains("no forced row-level security on receipt"), "\(report.text)")
        #expect(bad.contains("not valid: event_by_id"), "\(report.text)")
        #expect(bad.contains("fsync is off"), "\(report.text)")
        #expect(bad.contains { $0.hasPrefix("the database's clock is") && $0.contains("ahead of") }, "\(report.text)")
        #expect(report.findings.contains { $0.what == "no setting is called TRADEWIND_PROT" }, "\(report.text)")
        #expect(report.findings.contains { $0.area == "books" && $0.verdict == .ok }, "\(report.text)")
    }

    @Test func `a server that cannot be reached is bad`() async {
        let report = await Doctor(configuration("host=/nowhere dbname=x user=y"), variables: [:], .real).examine()
        #expect(report.isBad && report.findings.last?.area == "postgresql", "\(report.text)")
    }

    private func configuration(_ address: String) -> Configuration {
        var configuration = Configuration()
        configuration.databaseURL = address
        configuration.migrationsFolder = TestDatabase.migrationsFolder
        return configuration
    }
}
