import App
import Kernel
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A backup is what was restored from it: a private cluster is brought back to a moment between two receipts, and then,
/// after both server and PostgreSQL were killed, to its end.
@Suite struct RestoreTests {
    static let budget: Int64 = 100_000

    @Test(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
    func `a restore to a moment between two receipts has the first alone, and one to the end has both`() async throws {
        let backups = ServedProgram.folder(named: "backups")
        let (past, end) = (ServedProgram.folder(named: "past"), ServedProgram.folder(named: "end"))
        try await ServedProgram.run(named: "backed-up", environment: ["TRADEWIND_BACKUP_FOLDER": backups.string]) { program in
            let town = try await ServedTown.make(in: program, budget: Self.budget, feeBP: 1_000)
            let taken = try await BuiltProgram.run(["backup", "--state", program.state, "--to", backups.string])
            let day = try await town.sell("first")
            let spentThen = try await town.spend()
            let moment = OutsideWorld.real.now()
            _ = try await town.sell("second")
            let spentAtLast = try await town.spend()
            let flushed = try await BuiltProgram.run(["backup", "flush", "--state", program.state, "--to", backups.string])
            let back = try await restore(backups, to: past, ["--to", "\(moment)"])
            await program.killServer()
            try await program.killPostgres()
            let wal = FilePath(program.state).appending("postgres/pg_wal")
            let whole = try await restore(backups, to: end, ["--wal", wal.string])

            #expect(taken.isSuccess && flushed.isSuccess, "\(taken.output)\(flushed.output)")
            #expect(back.isSuccess && back.output.contains("nothing was found"), "\(back.output)")
            #expect(whole.isSuccess && whole.output.contains("nothing was found"), "\(whole.output)")
            print("restore: \(taken.output)\(back.output)\(whole.output)")
            #expect(spentThen["captured"] != spentAtLast["captured"])
            try await town.expect(["first": 200, "second": 404], of: day, spentThen, servedFrom: "past")
            try await town.expect(["first": 200, "second": 200], of: day, spentAtLast, servedFrom: "end")
        }
        _ = try await Subprocess.run(.path("/bin/rm"), arguments: ["-rf", backups.string], output: .discarded)
    }

    private func restore(_ backups: FilePath, to state: FilePath, _ more: [String]) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.run(["restore", "--from", backups.string, "--state", state.string] + more)
    }
}
