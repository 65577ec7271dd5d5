package import SystemPackage

/// Brings a private cluster back from a base backup and the archive.
package struct ClusterRestore: Sendable {
    /// Where the data lies until it is whole: a restore that was broken off leaves no cluster behind.
    static let unfinished = "postgres.restoring"

    /// `base/<id>/data` of the archive.
    package let base: FilePath
    package let archive: WALArchive
    /// The `pg_wal` of a cluster that died: segments that it had not archived.
    package let lastWAL: FilePath?
    /// All that was committed until then, and nothing later; nil means all there is. As PostgreSQL reads a timestamp.
    package let moment: String?

    package init(base: FilePath, archive: WALArchive, lastWAL: FilePath?, moment: String?) {
        self.base = base
        self.archive = archive
        self.lastWAL = lastWAL
        self.moment = moment
    }

    /// Restores into a state folder that has no cluster, lends the recovered one to `check` at its address, and leaves it
    /// stopped, ready for `serve`.
    package func run<Value: Sendable>(
        into folder: FilePath, check: @Sendable (String) async throws -> Value
    ) async throws -> Value {
        let finished = try await PrivateCluster(in: folder)
        let cluster = try await PrivateCluster(in: folder, named: Self.unfinished)
        guard try await !finished.owner.exists(finished.dataFolder) else {
            throw ClusterFault.folderTaken(finished.dataFolder.string)
        }
        guard try await !cluster.isRunning() else { throw ClusterFault.folderTaken(cluster.dataFolder.string) }
        try await copy(to: cluster)
        let value: Value
        do {
            try await recover(cluster)
            value = try await check(cluster.address)
        } catch {
            try? await cluster.stop(mode: "immediate")
            throw error
        }
        try await cluster.stop()
        try await cluster.publish(cluster.dataFolder, as: finished.dataFolder)
        try await cluster.owner.mustRun("/bin/rm", ["-rf", cluster.socketFolder.string])
        return value
    }

    private func copy(to cluster: PrivateCluster) async throws {
        let (owner, data) = (cluster.owner, cluster.dataFolder.string)
        try await owner.mustRun("/bin/rm", ["-rf", data])
        try await owner.mustRun("/bin/cp", ["-a", "--reflink=auto", base.string, data])
        try await owner.mustRun("/usr/bin/touch", [cluster.dataFolder.appending("recovery.signal").string])
        try await owner.mustRun("/bin/rm", ["-f", cluster.log.string])
        try await cluster.prepareSocketFolder()
    }

    /// No archive meanwhile: what is tried out must not add to it.
    private var settings: [String: String] {
        var settings = [
            "restore_command": archive.restoreCommand(orFrom: lastWAL), "recovery_target_action": "promote",
            "recovery_target_timeline": "latest", "hot_standby": "off", "archive_mode": "off",
        ]
        settings["recovery_target_time"] = moment
        return settings
    }

    /// Until the cluster takes writes. It takes as long as there is WAL to read; a fault ends the postmaster.
    private func recover(_ cluster: PrivateCluster) async throws {
        do {
            try await cluster.startPostmaster(settings)
        } catch let fault as ClusterFault {
            throw try await explained(fault, cluster)
        }
        let database = Database(DatabaseConfiguration(address: cluster.superuserAddress()))
        while true {
            let isOpen = try? await database.administer { tx in
                try tx.one("SELECT NOT pg_is_in_recovery()") { row in try row.next(Bool.self) }
            }
            if isOpen == true { break }
            guard try await cluster.isRunning() else {
                await database.close()
                throw try await explained(.failed(command: "recovery", output: ""), cluster)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        await database.close()
    }

    /// With what PostgreSQL wrote last.
    private func explained(_ fault: ClusterFault, _ cluster: PrivateCluster) async throws -> ClusterFault {
        let lines = try await cluster.lastLines()
        if lines.contains("before configured recovery target was reached") {
            return .targetNotReached(last: Self.lastTransaction(in: lines))
        }
        return .failed(command: "recovery", output: lines)
    }

    /// From "last completed transaction was at log time 2026-11-25 10:46:38.1+00".
    private static func lastTransaction(in lines: String) -> String? {
        lines.split(separator: "\n").last { $0.contains("last completed transaction was at log time ") }
            .flatMap { $0.split(separator: " ").suffix(2).joined(separator: " ") }
    }
}
