import JSONText
package import Kernel
import Postgres
package import SystemPackage

/// Takes a base backup of the running private cluster into its archive, with the secret key unless that is left out.
package struct TakeBackup: Sendable {
    package enum Fault: Error, CustomStringConvertible {
        case outside
        case noFolder
        case notRunning
        case badLabel

        package var description: String {
            switch self {
            case .outside: "this is for the private cluster; docs/operating/backup.md says how to back up an outside PostgreSQL"
            case .noFolder: "no folder is named: give one, or set TRADEWIND_BACKUP_FOLDER"
            case .notRunning: "the private PostgreSQL is not running: start `tradewind serve` first"
            case .badLabel: "the base backup does not say where its WAL begins"
            }
        }
    }

    let cluster: PrivateCluster
    let archive: WALArchive
    let stateFolder: FilePath

    /// On the cluster that runs in the state folder; it is not started.
    package init(_ configuration: Configuration, into folder: FilePath?) async throws {
        guard configuration.databaseURL == nil else { throw Fault.outside }
        guard let folder = folder ?? configuration.backupFolder else { throw Fault.noFolder }
        cluster = try await PrivateCluster(in: configuration.stateFolder)
        guard try await cluster.isRunning() else { throw Fault.notRunning }
        archive = WALArchive(in: folder)
        stateFolder = configuration.stateFolder
        try await cluster.prepare(archive)
    }

    package func run(withKey: Bool, in world: OutsideWorld) async throws -> BaseBackup {
        let begun = world.now()
        let id = BaseBackup.id(at: begun)
        let part = archive.bases.appending(id + ".part")
        do {
            try await cluster.takeBaseBackup(into: part.appending("data"))
            let key = withKey ? SecretKey.file(in: stateFolder) : nil
            if let key { try SmallFile.write(key, to: part.appending(SecretKey.fileName)) }
            let finished = world.now()
            let backup = BaseBackup(
                id: id, finishedAt: finished, bytes: try await cluster.size(of: part.appending("data")),
                millis: (finished.microseconds - begun.microseconds) / 1000,
                firstSegment: try Self.firstSegment(of: part.appending("data")), hasKey: key != nil)
            try SmallFile.write(backup.jsonBytes + [UInt8(ascii: "\n")], to: part.appending(BaseBackup.fileName))
            try await cluster.publish(part, as: archive.bases.appending(id))
            return backup
        } catch {
            try? await cluster.remove(part)
            throw error
        }
    }

    /// Ends the current segment of WAL and waits for the archive to have it.
    package func flush() async throws -> String { try await cluster.flushWAL(into: archive) }

    /// Keeps the newest `keep` base backups and the WAL that they need. Returns those that went.
    package func prune(keep: Int) async throws -> [BaseBackup] {
        let all = BaseBackup.all(in: archive)
        let gone = Array(all.dropLast(keep))
        for backup in gone { try await cluster.remove(archive.bases.appending(backup.id)) }
        if let oldest = all.suffix(keep).map(\.firstSegment).min() {
            try await cluster.pruneSegments(of: archive, before: oldest)
        }
        return gone
    }

    /// "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)"
    private static func firstSegment(of data: FilePath) throws -> String {
        guard let label = SmallFile.bytes(of: data.appending("backup_label"), max: 4096),
            let segment = String(decoding: label, as: UTF8.self).firstMatch(of: /\(file ([0-9A-F]{24})\)/)
        else { throw Fault.badLabel }
        return String(segment.output.1)
    }
}
