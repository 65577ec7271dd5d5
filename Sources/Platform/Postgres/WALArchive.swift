package import SystemPackage

/// The folder that a private cluster archives its WAL into and keeps its base backups in:
///
///     wal/000000010000000000000002.gz   a finished segment, compressed
///     base/20261125T104638Z/data        a base backup
///
/// One folder belongs to one cluster: a segment that is there is never written over by another.
package struct WALArchive: Sendable {
    package let folder: FilePath

    package init(in folder: FilePath) { self.folder = folder }

    package var segments: FilePath { folder.appending("wal") }
    package var bases: FilePath { folder.appending("base") }

    /// Settings of a cluster that archives here. `secondsMax` bounds what is lost with the machine: a segment that was
    /// begun is archived after it at the latest.
    package func settings(secondsMax: Int) -> [String: String] {
        ["archive_mode": "on", "archive_timeout": "\(secondsMax)s", "archive_command": archiveCommand]
    }

    /// Succeeds once the segment is on the disk, its folder's entry too, and also where the very same is there already
    /// (PostgreSQL may ask again after a crash).
    private var archiveCommand: String {
        """
        f=\(shell(segments))/%f.gz; if [ -e "$f" ]; then gzip -dc "$f" | cmp -s - "%p"; \
        else gzip -1c "%p" > "$f.part" && sync "$f.part" && mv "$f.part" "$f" && sync \(shell(segments)); fi
        """
    }

    /// Brings a segment back: from here, else from the `pg_wal` of a cluster that died. A segment that is there and broken
    /// ends the recovery (statuses above 125 do); to take it for the end of the archive would lose what lies behind it.
    func restoreCommand(orFrom walFolder: FilePath?) -> String {
        let other = walFolder.map { "elif [ -e \(shell($0))/%f ]; then cp \(shell($0))/%f \"%p\" || exit 126; " } ?? ""
        return """
            f=\(shell(segments))/%f.gz; if [ -e "$f" ]; then gzip -dc "$f" > "%p" || exit 126; \(other)else exit 1; fi
            """
    }

    /// A word of the shell in a command in which PostgreSQL replaces `%p` and `%f`.
    private func shell(_ path: FilePath) -> String {
        ShellWord.quoted(path.string.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%"))
    }
}

enum ShellWord {
    /// One word for sh, whatever is in it.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
