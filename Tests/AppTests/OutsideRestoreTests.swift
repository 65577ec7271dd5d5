import App
import Foundation
import Kernel
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The page on backups is followed for an outside PostgreSQL as it stands: its settings, its commands, its way back to a
/// moment between two receipts.
@Suite(.enabled(if: BuiltProgram.path != nil, BuiltProgram.missing))
struct OutsideRestoreTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    /// The page says to keep it elsewhere: it is in no database, and no other key opens what is sealed.
    private static let key = ["TRADEWIND_SECRET_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

    @Test func `an outside PostgreSQL comes back to a moment between two receipts, as the page says`() async throws {
        let place = try await BackupPlace.make(with: Self.docs)
        let (archiving, recovering) = try place.blocks(of: Self.docs)
        try await OutsidePostgres.run(named: "outside-backed-up", settings: archiving) { postgres in
            let (town, day, spent, moment) = try await ServedProgram.run(
                named: "outside", on: postgres.address, environment: Self.key
            ) { program in
                let town = try await ServedTown.make(in: program, budget: RestoreTests.budget, feeBP: 1_000)
                try await place.takeBase(of: postgres)
                let day = try await town.sell("first")
                let spent = try await town.spend()
                let moment = OutsideWorld.real.now()
                _ = try await town.sell("second")
                return (town, day, spent, moment)
            }
            try await place.archiveRest(of: postgres)
            _ = try await postgres.postmaster.kill()

            let restored = try await place.restore(recovering, to: moment)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await town.expect(
                        ["first": 200, "second": 404], of: day, spent, servedFrom: "outside-past", on: restored.address,
                        environment: Self.key))
            } catch { outcome = .failure(error) }
            // Whatever was found there: nothing stays running.
            _ = try await Postmaster(of: restored.data).kill()
            try outcome.get()
        }
        place.remove()
    }
}

/// A disk for backups, and what an operator does there with PostgreSQL's own programs.
private struct BackupPlace {
    struct Restored {
        let data: FilePath
        let address: String
    }

    let folder: FilePath

    /// With the two scripts of `docs/deploy`, which the page installs elsewhere. The user of PostgreSQL writes here too.
    static func make(with docs: URL) async throws -> BackupPlace {
        let folder = FilePath("/tmp/tradewind-outside-backups-\(ProcessInfo.processInfo.processIdentifier)")
        let files = FileManager.default
        try files.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.string)
        for script in ["archive-wal", "restore-wal"] {
            let copy = folder.appending(script).string
            try files.copyItem(atPath: docs.appending(path: "deploy/\(script)").path, toPath: copy)
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy)
        }
        let place = BackupPlace(folder: folder)
        try await place.shell("mkdir \(folder)/wal \(folder)/base")
        return place
    }

    /// The page's two blocks of settings, with this place for its folders.
    func blocks(of docs: URL) throws -> (archiving: [String: String], recovering: String) {
        let page = try String(contentsOf: docs.appending(path: "operating/backup.md"), encoding: .utf8)
        let chapter = try #require(page.split(separator: "## An outside PostgreSQL").last)
        let blocks = chapter.split(separator: "```").enumerated().filter { $0.offset % 2 == 1 }.map { pair in
            pair.element.replacing("/usr/local/lib/tradewind", with: folder.string).replacing("/backups", with: folder.string)
        }
        try #require(blocks.count == 2)
        let settings = blocks[0].matches(of: /(?m)^(\w+) = '?(.*?)'?$/).map { (String($0.output.1), String($0.output.2)) }
        return (Dictionary(uniqueKeysWithValues: settings), String(blocks[1]))
    }

    func takeBase(of postgres: OutsidePostgres) async throws {
        try await shell(
            """
            \(programs)/pg_basebackup --host \(postgres.socketFolder) --username postgres --pgdata \(folder)/base/night \
                --checkpoint fast --wal-method stream && \(programs)/pg_verifybackup --quiet \(folder)/base/night
            """)
    }

    /// What the minute of `archive_timeout` would do.
    func archiveRest(of postgres: OutsidePostgres) async throws {
        try await shell(
            """
            last=$(psql --host \(postgres.socketFolder) --username postgres --no-align --tuples-only --command \
                "SELECT pg_walfile_name(pg_switch_wal())")
            until [ -e \(folder)/wal/$last.gz ]; do sleep 0.05; done
            """)
    }

    /// The page's last paragraph.
    func restore(_ block: String, to moment: Instant) async throws -> Restored {
        let (data, sockets) = (folder.appending("data"), folder.appending("run"))
        let lines = block.replacing(
            /recovery_target_time = '[^']*'/, with: "recovery_target_time = '\("\(moment)".dropLast())+00'")
        try await shell(
            """
            mkdir -m 0700 \(sockets) && cp -a \(folder)/base/night \(data)
            cat >>\(data)/postgresql.auto.conf <<'END'
            \(lines)
            END
            touch \(data)/recovery.signal
            \(programs)/pg_ctl start -D \(data) -l \(folder)/restored.log -w \
                -o "-c listen_addresses= -c unix_socket_directories=\(sockets)" >/dev/null \
                || { cat \(folder)/restored.log; exit 1; }
            until [ "$(psql --host \(sockets) --username postgres --no-align --tuples-only --command \
                "SELECT pg_is_in_recovery()")" = f ]; do
                \(programs)/pg_ctl status -D \(data) >/dev/null || { cat \(folder)/restored.log; exit 1; }
                sleep 0.1
            done
            """)
        return Restored(data: data, address: "host=\(sockets) dbname=tradewind user=tradewind")
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder.string) }

    private var programs: String { "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)" }

    /// As the user that PostgreSQL runs as: it refuses to be root.
    private func shell(_ script: String) async throws {
        let words = getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--", "/bin/sh"] : ["/bin/sh"]
        let result = try await Subprocess.run(
            .path(FilePath(words[0])), arguments: Arguments(words.dropFirst() + ["-euc", script]), workingDirectory: "/",
            output: .string(limit: 64 * 1024), error: .combinedWithOutput)
        guard result.terminationStatus.isSuccess else {
            throw Refused(action: "an operator's command", status: 1, body: result.standardOutput)
        }
    }
}
