package import Kernel
import Ledger
package import Postgres
package import SystemPackage
import Tenancy

/// Brings the private cluster of a new state folder to a moment: the newest base backup before it, and WAL up to it.
package struct RestoreBackup: Sendable {
    package enum Fault: Error, CustomStringConvertible {
        case nothingBefore(Instant?, oldest: Instant?)

        package var description: String {
            switch self {
            case .nothingBefore(_, nil): "the folder has no base backup"
            case .nothingBefore(let moment, let oldest?):
                "no base backup was finished by \(moment.map { "\($0)" } ?? "now"); the oldest is of \(oldest)"
            }
        }
    }

    package struct Outcome: Sendable {
        package let base: BaseBackup
        package let findings: Int
        package let checks: Int
        package let hasKey: Bool
    }

    package let archive: WALArchive
    package let moment: Instant?
    package let lastWAL: FilePath?

    package init(from folder: FilePath, to moment: Instant?, lastWAL: FilePath?) {
        archive = WALArchive(in: folder)
        self.moment = moment
        self.lastWAL = lastWAL
    }

    /// Recovers, recomputes the books on what came back, and leaves the cluster stopped.
    package func run(into stateFolder: FilePath) async throws -> Outcome {
        let base = try chosenBase()
        let folder = archive.bases.appending(base.id)
        let restore = ClusterRestore(
            base: folder.appending("data"), archive: archive, lastWAL: lastWAL, moment: moment.map(Self.postgresText))
        let findings = try await restore.run(into: stateFolder) { address in try await Self.verify(address) }
        let hasKey = try SecretKeyFile.copy(from: folder, to: stateFolder)
        return Outcome(base: base, findings: findings, checks: Marketplace.checks.count, hasKey: hasKey)
    }

    private func chosenBase() throws -> BaseBackup {
        let all = BaseBackup.all(in: archive)
        let before = all.filter { base in moment.map { base.finishedAt <= $0 } ?? true }
        guard let newest = before.last else { throw Fault.nothingBefore(moment, oldest: all.first?.finishedAt) }
        return newest
    }

    /// PostgreSQL reads `2026-11-25 10:46:38.100000+00`.
    private static func postgresText(_ moment: Instant) -> String { "\("\(moment)".dropLast())+00" }

    private static func verify(_ address: String) async throws -> Int {
        let database = Database(DatabaseConfiguration(address: address))
        let verification = Verification(database)
        var findings = 0
        do {
            for retailer in try await database.retailers() {
                for check in Marketplace.checks { findings += try await verification.run(check, of: retailer).findings }
            }
        } catch {
            await database.close()
            throw error
        }
        await database.close()
        return findings
    }
}
