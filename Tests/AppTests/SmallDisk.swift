import Glibc
import Subprocess
import SystemPackage
import Testing

/// A disk of some megabytes, in memory, that a test may fill. Only root may mount one.
struct SmallDisk: Sendable {
    static let missing: Comment = "only root may mount a disk"

    let folder: FilePath

    /// Whether this user, on this machine, may.
    static let isAvailable: Bool = {
        guard geteuid() == 0 else { return false }
        let probe = "/tmp/tradewind-mount-\(getpid())"
        unsafe _ = mkdir(probe, 0o700)
        defer { unsafe _ = rmdir(probe) }
        guard unsafe mount("tmpfs", probe, "tmpfs", 0, "size=1m") == 0 else { return false }
        return unsafe umount2(probe, Int32(MNT_DETACH)) == 0
    }()

    /// Mounts it on `folder`, runs `body`, and takes it away again.
    static func run(on folder: FilePath, megabytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
        unsafe _ = mkdir(folder.string, 0o755)
        let isMounted = unsafe mount("tmpfs", folder.string, "tmpfs", 0, "size=\(megabytes)m,mode=0755") == 0
        try #require(isMounted)
        let result: Result<Void, any Error>
        do { result = .success(try await body(SmallDisk(folder: folder))) } catch { result = .failure(error) }
        unsafe _ = umount2(folder.string, Int32(MNT_DETACH))
        unsafe _ = rmdir(folder.string)
        try result.get()
    }

    private var ballast: FilePath { folder.appending("ballast") }

    /// Takes every byte that is left, but for some megabytes.
    func fill(leaving megabytes: Int) async throws {
        let script = "dd if=/dev/zero of=\(ballast) bs=64K; truncate --size=-\(megabytes)M \(ballast)"
        _ = try await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", script], output: .discarded, error: .discarded)
    }

    /// What the operator does first: the ballast goes.
    func makeRoom() throws {
        unsafe _ = unlink(ballast.string)
    }
}
