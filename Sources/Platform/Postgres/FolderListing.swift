import Glibc
package import SystemPackage

/// The two things that the migrator asks of the file system.
package enum FolderListing {
    static func names(in folder: FilePath) throws -> [String] {
        guard let handle = unsafe opendir(folder.string) else { throw MigrationFault.folderMissing(folder.string) }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }

    package static func text(of path: FilePath) throws -> String {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { throw MigrationFault.unreadable(path.string) }
        return try file.closeAfter {
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
