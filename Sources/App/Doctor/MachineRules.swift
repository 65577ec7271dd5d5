import OutboundHTTP
import Parties
import Postgres
import SystemPackage

/// What the doctor says of this machine: versions, disks, settings, the key's file. Pure but for `DiskSpace` and `FileStatus`,
/// which are passed in.
enum MachineRules {
    static let freePercentWarning: Int64 = 20
    static let freePercentBad: Int64 = 5
    static let freeBytesBad: Int64 = 1 << 30

    static func versions(_ migrations: [Migration]) -> Finding {
        .ok(
            "program",
            "knows the schema up to \(migrations.last?.name ?? "nothing"); libpq \(LibpqVersion.text), \(CurlVersion.text)")
    }

    static func disk(_ folder: WatchedFolder, _ space: DiskSpace?) -> Finding {
        guard let space else {
            return .bad("disk", "\(folder.name): \(folder.path) cannot be read", "see that it is mounted and may be entered")
        }
        let free = "\(folder.name): \(gigabytes(space.freeBytes)) of \(gigabytes(space.sizeBytes)) free (\(space.freePercent) %)"
        if space.freePercent < freePercentBad || space.freeBytes < freeBytesBad {
            return .bad("disk", free, "make room now: PostgreSQL stops where it can write no more (at-night.md, disk full)")
        }
        if space.freePercent < freePercentWarning {
            return .warning("disk", free, "grow the disk, or remove old backups (`tradewind backup prune`)")
        }
        return .ok("disk", free)
    }

    /// Variables that look like ours and are none: a misspelled setting would be passed over in silence.
    static func settings(_ variables: [String: String]) -> Finding {
        let known = Set(Setting.all.map(\.name)).union(Setting.ofScripts)
        let unknown = variables.keys.filter { $0.hasPrefix("TRADEWIND_") && !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            return .warning(
                "settings", "no setting is called \(unknown.joined(separator: ", "))", "`tradewind settings` prints all there are"
            )
        }
        let given = Setting.all.count { variables[$0.name]?.isEmpty == false }
        return .ok("settings", "\(given) of \(Setting.all.count) are set, the others have their defaults")
    }

    /// `mode` is nil where there is no file.
    static func secretKey(_ configuration: Configuration, mode: UInt32?) -> Finding {
        if configuration.secretKey != nil { return .ok("secrets", "the secret key is set") }
        if configuration.databaseURL != nil, configuration.environment == .live {
            return .bad("secrets", "TRADEWIND_SECRET_KEY is not set", "set the key that all nodes have; `serve` will not start")
        }
        guard let mode else {
            return .warning(
                "secrets", "there is no secret.key yet",
                "the first `serve` makes it; where endpoints had secrets, put the old one back (backup.md)")
        }
        guard mode & 0o077 == 0 else { return readable(SecretKeyFile.name, mode) }
        return .ok("secrets", "secret.key is its owner's alone")
    }

    static func readable(_ file: String, _ mode: UInt32) -> Finding {
        .bad("secrets", "others may read \(file) (mode \(String(mode, radix: 8)))", "chmod 600 it")
    }

    static func gigabytes(_ bytes: Int64) -> String {
        let tenths = bytes * 10 / (1 << 30)
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
