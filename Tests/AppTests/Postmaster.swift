import Glibc
import SystemPackage

/// The processes of a PostgreSQL that a test started, found by its data folder. Nothing else is ever signalled.
struct Postmaster: Sendable {
    let data: FilePath

    init(of data: FilePath) { self.data = data }

    /// The first line of the cluster's own file; only while that process works on this folder.
    private var pid: pid_t? {
        guard let line = Processes.text(data.appending("postmaster.pid"))?.split(separator: "\n").first,
            let pid = pid_t(line), Processes.text(FilePath("/proc/\(pid)/cmdline"))?.contains(data.string) ?? false
        else { return nil }
        return pid
    }

    /// The postmaster first, so that it restarts nobody.
    private var all: [pid_t] { pid.map { [$0] + Processes.children(of: $0) } ?? [] }

    /// `kill -9` of all of it; false where none runs.
    func kill() async throws -> Bool {
        let pids = all
        for pid in pids { Glibc.kill(pid, SIGKILL) }
        while pids.contains(where: Processes.isAlive) { try await Task.sleep(for: .milliseconds(5)) }
        return !pids.isEmpty
    }

    /// All of it stands still, and its sockets stay open: as a machine that hangs. Twice, for what was just started.
    func freeze() {
        for _ in 0..<2 {
            for pid in all { Glibc.kill(pid, SIGSTOP) }
        }
    }

    func thaw() {
        for pid in all { Glibc.kill(pid, SIGCONT) }
    }
}
