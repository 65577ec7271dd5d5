import Glibc
package import SystemPackage

/// The room on a folder's file system.
package struct DiskSpace: Sendable {
    package let freeBytes: Int64
    package let sizeBytes: Int64

    /// Nil where there is no such folder.
    package init?(of folder: FilePath) {
        var status = statvfs()
        guard unsafe statvfs(folder.string, &status) == 0 else { return nil }
        freeBytes = Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
        sizeBytes = Int64(clamping: UInt64(status.f_blocks) * UInt64(status.f_frsize))
    }

    package init(freeBytes: Int64, sizeBytes: Int64) {
        self.freeBytes = freeBytes
        self.sizeBytes = sizeBytes
    }

    package var freePercent: Int64 { sizeBytes == 0 ? 0 : freeBytes / max(1, sizeBytes / 100) }
}

/// The folders whose disks an operator watches, by what they are for.
package struct WatchedFolder: Sendable {
    package let name: String
    package let path: FilePath

    package init(_ name: String, _ path: FilePath) {
        self.name = name
        self.path = path
    }
}

extension Configuration {
    /// The folders whose disks are watched.
    package func watchedFolders(dataFolder: FilePath?) -> [WatchedFolder] {
        [WatchedFolder("state", stateFolder)] + (dataFolder.map { [WatchedFolder("data", $0)] } ?? [])
            + (backupFolder.map { [WatchedFolder("backup", $0)] } ?? [])
    }
}
