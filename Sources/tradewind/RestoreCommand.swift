import App
import ArgumentParser
import Kernel
import SystemPackage

/// A private cluster as it was at a moment, in a new state folder.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring the private cluster back to a moment, in a new state folder.",
        discussion: """
            Takes the newest base backup before the moment and replays the archived WAL up to it: all that was committed \
            until then, and nothing later. The books are recomputed before anybody serves from them. Then start \
            `tradewind serve --state FOLDER`, with another TRADEWIND_BACKUP_FOLDER, and take a base backup.
            """)

    @Option(name: .customLong("from"), help: "The folder of backups.")
    var folder: String

    @Option(name: .customLong("to"), help: "The moment, like 2026-11-25T10:46:38.5Z. Default: all that there is.")
    var moment: String?

    @Option(help: "The pg_wal of a cluster that died, for what it had not archived.")
    var wal: String?

    @Option(help: "The new state folder.")
    var state: String

    func run() async throws {
        let moment = try moment.map { text in
            guard let instant = Instant(text) else { throw ValidationError("--to is no moment like 2026-11-25T10:46:38Z") }
            return instant
        }
        let start = ContinuousClock.now
        let restore = RestoreBackup(
            from: WorkingFolder.absolute(folder), to: moment, lastWAL: wal.map { WorkingFolder.absolute($0) })
        let outcome = try await restore.run(into: WorkingFolder.absolute(state))
        let millis = Int64((ContinuousClock.now - start) / .milliseconds(1))
        print("restored from \(outcome.base.id) in \(Amount.seconds(millis: millis)) to \(moment.map { "\($0)" } ?? "the end")")
        if !outcome.hasKey { print("the backup has no secret.key: put it into \(state), or set TRADEWIND_SECRET_KEY") }
        print(outcome.findings == 0 ? "\(outcome.checks) checks of the books: nothing was found" : "\(outcome.findings) findings")
        if outcome.findings > 0 { throw ExitCode(1) }
    }
}
