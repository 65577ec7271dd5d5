package import SystemPackage

/// Base backups of a running private cluster, taken through its socket. All programs run as the cluster's user.
extension PrivateCluster {
    static let archiveSecondsMax: Int64 = 60

    /// Makes the archive's folders, writable for the cluster and readable for nobody else.
    package func prepare(_ archive: WALArchive) async throws {
        let path = archive.folder.string
        if owner.isOther {
            let asUs = ClusterOwner.ours(archive.folder)
            try await asUs.mustRun("/bin/mkdir", ["-p", path])
            try await asUs.mustRun("/bin/chown", ["postgres", path])
        } else {
            try await owner.mustRun("/bin/mkdir", ["-p", path])
        }
        guard try await owner.run("/usr/bin/test", ["-w", path]).isSuccess else { throw ClusterFault.archiveUnreachable(path) }
        try await owner.mustRun("/bin/mkdir", ["-p", "-m", "0700", archive.segments.string, archive.bases.string])
    }

    /// Copies the running cluster into a new folder, with the WAL that makes the copy whole, on the disk when it returns,
    /// and holds every file against its checksum.
    package func takeBaseBackup(into data: FilePath) async throws {
        try await owner.mustRun("/bin/mkdir", ["-p", "-m", "0700", data.removingLastComponent().string])
        try await owner.mustRun(
            programs.program("pg_basebackup"),
            [
                "--host", socketFolder.string, "--username", "postgres", "--pgdata", data.string, "--checkpoint", "fast",
                "--wal-method", "stream", "--no-password",
            ])
        try await owner.mustRun(programs.program("pg_verifybackup"), ["--quiet", data.string])
    }

    /// Ends the current segment and waits until it lies in the archive: what was committed before can be restored.
    package func flushWAL(into archive: WALArchive) async throws -> String {
        let database = Database(DatabaseConfiguration(address: superuserAddress()))
        let segment = try await database.administer { tx in
            try tx.one("SELECT pg_walfile_name(pg_switch_wal())") { row in try row.next(String.self) }
        }
        await database.close()
        let file = archive.segments.appending(segment + ".gz")
        let deadline = ContinuousClock.now.advanced(by: .seconds(Self.archiveSecondsMax))
        while try await !owner.exists(file) {
            guard ContinuousClock.now < deadline else { throw ClusterFault.notArchived(segment) }
            try await Task.sleep(for: .milliseconds(50))
        }
        return segment
    }

    /// Removes archived segments that are older than a kept base backup needs.
    package func pruneSegments(of archive: WALArchive, before segment: String) async throws {
        try await owner.mustRun(
            programs.program("pg_archivecleanup"), ["-x", ".gz", archive.segments.string, segment])
    }

    /// Moves a finished folder to its name, so that the name alone says that it is whole.
    package func publish(_ part: FilePath, as finished: FilePath) async throws {
        try await owner.mustRun("/bin/mv", ["-T", part.string, finished.string])
        try await owner.mustRun("/bin/sync", [finished.removingLastComponent().string])
    }

    package func remove(_ folder: FilePath) async throws {
        try await owner.mustRun("/bin/rm", ["-rf", folder.string])
    }

    /// Bytes of a folder and all in it.
    package func size(of folder: FilePath) async throws -> Int64 {
        let outcome = try await owner.run("/usr/bin/du", ["-sb", folder.string])
        return outcome.output.split(whereSeparator: \.isWhitespace).first.flatMap { Int64($0) } ?? 0
    }
}
