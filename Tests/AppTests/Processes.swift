import Glibc
import SystemPackage

/// What Linux says of processes.
enum Processes {
    /// Whether it runs; one that is dead and not yet reaped does not.
    static func isAlive(_ pid: pid_t) -> Bool {
        guard let stat = text(FilePath("/proc/\(pid)/stat")), let name = stat.lastIndex(of: ")") else { return false }
        return stat[name...].dropFirst(2).first != "Z"
    }

    /// Those that it started, of all its threads.
    static func children(of pid: pid_t) -> [pid_t] {
        (text(FilePath("/proc/\(pid)/task/\(pid)/children")) ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    /// A file's text; nil where it cannot be read.
    static func text(_ path: FilePath) -> String? {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
        return try? file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = try unsafe buffer.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer.prefix(count)
            }
        }
    }
}
