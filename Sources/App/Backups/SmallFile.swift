import Glibc
import SystemPackage

/// Files that fit in memory: records and keys.
enum SmallFile {
    /// Nil where there is none.
    static func bytes(of path: FilePath, max: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return nil }
        var buffer = [UInt8](repeating: 0, count: max)
        let count = try? file.closeAfter { try unsafe buffer.withUnsafeMutableBytes { unsafe try file.read(into: $0) } }
        return count.map { Array(buffer.prefix($0)) }
    }

    /// A new file, readable to its owner alone, on the disk when it returns.
    static func write(_ bytes: [UInt8], to path: FilePath) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter {
            _ = try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Names in a folder, without those that begin with a dot; none where it cannot be read.
    static func names(in folder: FilePath) -> [String] {
        guard let handle = unsafe opendir(folder.string) else { return [] }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
