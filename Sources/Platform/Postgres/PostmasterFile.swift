import Glibc
import SystemPackage

/// A cluster's own note of which process is its postmaster. It outlives a postmaster that was killed, and where nobody has
/// reaped that process yet, PostgreSQL and `pg_ctl` still take it for alive: a signal can be sent to a zombie.
struct PostmasterFile: Sendable {
    let path: FilePath

    init(in dataFolder: FilePath) { path = dataFolder.appending("postmaster.pid") }

    var exists: Bool { pid != nil }

    /// Whether the process that it names is dead and not yet reaped.
    var namesZombie: Bool { state == "Z" }

    /// Whether the process that it names lives. A postmaster that is starting has written its file already.
    var namesLiving: Bool { state.map { $0 != "Z" } ?? false }

    /// Whether the postmaster says that it takes writes; one that recovers does not yet.
    var saysReady: Bool { lines.count > 7 && lines[7].prefix { $0 != " " } == "ready" }

    /// As Linux says it: `R`, `S`, `T` where it was stopped by a signal, `Z`; nil where there is no such process.
    private var state: Character? {
        guard let pid, let stat = try? FolderListing.text(of: FilePath("/proc/\(pid)/stat")),
            let name = stat.lastIndex(of: ")")
        else { return nil }
        return stat[name...].dropFirst(2).first
    }

    var pid: pid_t? { lines.first.flatMap { pid_t($0) } }

    private var lines: [Substring] {
        (try? FolderListing.text(of: path))?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    }
}
