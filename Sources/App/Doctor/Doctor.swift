package import Kernel
import Ledger
import Postgres
import SystemPackage
import Tenancy
import Webhooks

/// Looks at an installation and says what is wrong with it and what to do. Changes nothing and starts nothing.
package struct Doctor: Sendable {
    static let queueSecondsWarning: Int64 = 60
    static let queueSecondsBad: Int64 = 900
    /// Checks of the books that read accounts alone.
    static let quickChecks = ["debits_equal_credits", "pending_equals_holds", "nothing_below_zero"]

    let configuration: Configuration
    let variables: [String: String]
    let world: OutsideWorld

    package init(_ configuration: Configuration, variables: [String: String], _ world: OutsideWorld) {
        self.configuration = configuration
        self.variables = variables
        self.world = world
    }

    package func examine() async -> DoctorReport {
        var findings = machine()
        if let url = configuration.databaseURL {
            findings += await server(at: url)
        } else {
            findings += await privateCluster()
        }
        return DoctorReport(findings)
    }

    private func machine() -> [Finding] {
        let files = [SecretKeyFile.current(configuration.stateFolder), .previous(configuration.stateFolder)]
        let modes = files.map { FileStatus.mode(of: $0.path) }
        var findings = [MachineRules.settings(variables), MachineRules.secretKey(configuration, mode: modes[0])]
        if let mode = modes[1], mode & 0o077 != 0 { findings.append(MachineRules.readable(SecretKeyFile.previousName, mode)) }
        do {
            findings.insert(MachineRules.versions(try Migration.all(in: configuration.migrationsFolder)), at: 0)
        } catch {
            findings.insert(
                .bad("program", "\(error)", "set TRADEWIND_MIGRATIONS to the folder that came with the program"), at: 0)
        }
        return findings
    }

    private func privateCluster() async -> [Finding] {
        guard FileStatus.isFolder(configuration.stateFolder) else {
            return [
                .bad("disk", "\(configuration.stateFolder) is no folder", "name the right one with --state or TRADEWIND_STATE")
            ]
        }
        do {
            let cluster = try await PrivateCluster(in: configuration.stateFolder)
            let disks = configuration.watchedFolders(dataFolder: cluster.dataFolder)
                .map { MachineRules.disk($0, DiskSpace(of: $0.path)) }
            guard try await cluster.isRunning() else {
                return disks + [try await stopped(cluster)] + backups(nil)
            }
            let session = Finding.ok(
                "postgresql", "a session by hand: psql '\(cluster.superuserAddress(database: PrivateCluster.database))'")
            return disks + [session] + (await server(at: cluster.address))
        } catch {
            return [.bad("postgresql", "\(error)", "at-night.md, PostgreSQL died")]
        }
    }

    private func stopped(_ cluster: PrivateCluster) async throws -> Finding {
        guard let control = try await cluster.control() else {
            return .warning("postgresql", "there is no private cluster yet", "the first `tradewind serve` makes it")
        }
        let state = control["Database cluster state"] ?? "unknown"
        guard control["Data page checksum version"] != "0" else {
            return .bad(
                "postgresql", "is stopped (\(state)), without data checksums", "pg_checksums --enable before the next start")
        }
        guard state == "shut down" else {
            return .warning(
                "postgresql", "is not running and did not stop cleanly (\(state))", "start `serve`: it recovers by itself")
        }
        return .warning("postgresql", "is not running; it was stopped cleanly", "start `tradewind serve`")
    }

    private func server(at address: String) async -> [Finding] {
        var settings = DatabaseConfiguration(address: address)
        settings.connectionsMax = 2
        settings.applicationName = "tradewind-doctor"
        let database = Database(settings)
        var findings: [Finding] = []
        do {
            let facts = try await ServerFacts.read(database, world)
            findings = ServerRules.findings(facts, configuration, today: facts.vitals.now.utcDay) + backups(facts.vitals)
            findings += try await schema(database)
            findings += try await tenants(database, now: facts.vitals.now)
            findings.append(try await secrets(database))
        } catch {
            findings.append(.bad("postgresql", "\(error)", "at-night.md, PostgreSQL died"))
        }
        await database.close()
        return findings
    }

    private func backups(_ vitals: Vitals?) -> [Finding] {
        let backups = configuration.backupFolder.map { BaseBackup.all(in: WALArchive(in: $0)) } ?? []
        return BackupRules.findings(configuration, vitals, backups, now: world.now())
    }

    private func schema(_ database: Database) async throws -> [Finding] {
        do {
            try await Migrator(database, Migration.all(in: configuration.migrationsFolder)).check()
            return [.ok("schema", "is this program's")]
        } catch let fault as MigrationFault {
            return [.bad("schema", "\(fault)", "run `tradewind migrate` with the newer program")]
        }
    }

    private func tenants(_ database: Database, now: Instant) async throws -> [Finding] {
        let verification = Verification(database)
        let retailers = try await database.retailers()
        var lagMicros: Int64 = 0
        var wrong: [String] = []
        for retailer in retailers {
            let queue = try await database.read(as: .worker(retailer)) { tx in try tx.queue(of: retailer, now: now) }
            lagMicros = max(lagMicros, queue.oldestServedMicros)
            for check in Marketplace.checks where Self.quickChecks.contains(check.name) {
                let report = try await verification.run(check, of: retailer)
                if report.findings > 0 { wrong.append("\(retailer) \(check.name)") }
            }
        }
        return [Self.queue(lagMicros / 1_000_000, retailers.count), Self.books(wrong, retailers.count)]
    }

    private func secrets(_ database: Database) async throws -> Finding {
        let keys: MasterKeys?
        do {
            keys = try MasterKeys(existing: configuration)
        } catch {
            return .bad("secrets", "\(error)", "put the file back from a backup (backup.md)")
        }
        return SecretRules.finding(try await KeptSecrets(database, world).censuses(), keys?.box)
    }

    private static func queue(_ seconds: Int64, _ retailers: Int) -> Finding {
        let what = "the oldest due delivery of \(retailers) retailers is \(seconds) s old"
        let advice = "see which endpoint does not answer (at-night.md, queue lag)"
        if seconds >= queueSecondsBad { return .bad("queue", what, advice) }
        return seconds >= queueSecondsWarning ? .warning("queue", what, advice) : .ok("queue", what)
    }

    private static func books(_ wrong: [String], _ retailers: Int) -> Finding {
        guard wrong.isEmpty else {
            return .bad(
                "books", wrong.joined(separator: ", "), "stop launches, keep a backup, run `tradewind verify` (at-night.md)")
        }
        return .ok(
            "books", "\(quickChecks.count) quick checks of \(retailers) retailers found nothing; `tradewind verify` does all")
    }
}
