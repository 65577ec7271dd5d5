import Glibc
import Subprocess
import SystemPackage

/// What the machine gives without us, measured in the same run.
enum BenchYardsticks {
    /// Flushes of an 8 KiB page a second, one after the other, as WAL is flushed.
    static func flushes(in folder: FilePath, seconds: Double) throws -> Double {
        let path = folder.appending("bench-flush")
        let file = try FileDescriptor.open(
            path, .readWrite, options: [.create, .truncate], permissions: .ownerReadWrite)
        let page = [UInt8](repeating: 1, count: 8192)
        var count = 0
        let start = ContinuousClock.now
        while start.duration(to: .now).seconds < seconds {
            _ = try file.writeAll(toAbsoluteOffset: Int64(count % 256) * 8192, page)
            guard fdatasync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            count += 1
        }
        let elapsed = (ContinuousClock.now - start).seconds
        try file.close()
        unsafe _ = unlink(path.string)
        return Double(count) / elapsed
    }

    /// pgbench's TPC-B with prepared statements, by so many clients; nil where pgbench is not installed.
    static func tpcb(at address: String, clients: Int, seconds: Int) async throws -> Double? {
        guard
            let output = try await pgbench(["-M", "prepared", "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-n", address])
        else { return nil }
        let line = output.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        return line?.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }
    }

    /// The tables of pgbench, in a database of the cluster's superuser.
    static func prepare(at address: String, scale: Int) async throws {
        _ = try await pgbench(["-i", "-q", "-s", "\(scale)", address])
    }

    private static func pgbench(_ arguments: [String]) async throws -> String? {
        do {
            let result = try await Subprocess.run(
                .name("pgbench"), arguments: Arguments(arguments), output: .string(limit: 64 * 1024), error: .discarded)
            return result.terminationStatus.isSuccess ? result.standardOutput : nil
        } catch is SubprocessError {
            return nil
        }
    }
}
