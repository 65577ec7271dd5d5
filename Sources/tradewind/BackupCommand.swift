import App
import ArgumentParser
import Kernel
import Postgres
import SystemPackage

/// Base backups of the private cluster and its archive of WAL.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back up the running private cluster.",
        discussion: """
            `serve` archives WAL into TRADEWIND_BACKUP_FOLDER as it goes; `backup take` adds a base backup. From both, \
            `tradewind restore` brings back any moment since. docs/operating/backup.md is the whole story.
            """,
        subcommands: [Take.self, List.self, Flush.self, Prune.self], defaultSubcommand: Take.self)

    struct Folder: ParsableArguments {
        @Option(name: .customLong("to"), help: "The folder of backups. Default: TRADEWIND_BACKUP_FOLDER.")
        var folder: String?

        func path(_ configuration: Configuration) -> FilePath? {
            folder.map { WorkingFolder.absolute($0) } ?? configuration.backupFolder
        }
    }

    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a base backup and hold it against its checksums.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var to: Folder

        @Flag(help: "Leave secret.key out; keep it elsewhere, or endpoints' secrets are lost with it.")
        var withoutKey = false

        func run() async throws {
            let configuration = try common.configuration()
            let backup = try await TakeBackup(configuration, into: to.path(configuration))
                .run(withKey: !withoutKey, in: .real)
            print(
                "\(backup.id): \(Amount.bytes(backup.bytes)) in \(Amount.seconds(millis: backup.millis)), "
                    + "\(backup.hasKey ? "with" : "without") the secret key; good for moments since \(backup.finishedAt)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the base backups, oldest first.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var to: Folder

        func run() async throws {
            guard let folder = to.path(try common.configuration()) else { throw TakeBackup.Fault.noFolder }
            for backup in BaseBackup.all(in: WALArchive(in: folder)) {
                print("\(backup.id)  \(backup.finishedAt)  \(Amount.bytes(backup.bytes))  from \(backup.firstSegment)")
            }
        }
    }

    struct Flush: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Archive what is committed now, without waiting for a full segment.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var to: Folder

        func run() async throws {
            let configuration = try common.configuration()
            print(try await TakeBackup(configuration, into: to.path(configuration)).flush())
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove old base backups, and the WAL that no kept one needs.")

        @OptionGroup var common: InstanceOptions
        @OptionGroup var to: Folder

        @Option(help: "Base backups that stay.")
        var keep = 7

        func validate() throws {
            guard keep >= 1 else { throw ValidationError("--keep must be 1 or more") }
        }

        func run() async throws {
            let configuration = try common.configuration()
            let gone = try await TakeBackup(configuration, into: to.path(configuration)).prune(keep: keep)
            print(gone.isEmpty ? "nothing to remove" : "removed " + gone.map(\.id).joined(separator: ", "))
        }
    }
}

/// Amounts for people.
enum Amount {
    static func bytes(_ count: Int64) -> String {
        let tenths = count * 10 / (1 << 20)
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    static func seconds(millis: Int64) -> String {
        let tenths = (millis + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
