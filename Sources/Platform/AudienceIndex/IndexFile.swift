import Glibc

/// A copy of an index on disk: a head, then parts in the order in which they were put. Whoever reads asks for the same parts
/// in the same order; whatever does not fit is a fault, and the index is made anew.
package enum IndexFile {
    /// Rises with every change of the layout.
    package static let version: UInt64 = 2
    static let magic: UInt64 = 0x5457_4155_4449_5831
    /// The largest stamp: what tells the copy's retailer, moment and source.
    package static let stampBytesMax = 1024

    /// Why a copy is not used.
    package enum Fault: Error, Hashable {
        case missing
        case otherVersion
        /// Of another retailer, moment or source.
        case otherStamp
        /// Ends too early, says something else than it sums up to, or holds what no index can.
        case damaged
        case notWritten
    }

    /// Nothing where there is none.
    package static func remove(_ path: String) { unsafe _ = unlink(path) }

    /// The names of the files in a folder, none where it cannot be read.
    package static func names(in folder: String) -> [String] {
        guard let entries = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(entries) }
        var names: [String] = []
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { start in
                unsafe start.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder that only its owner opens; nothing where it is there. Its parent must be.
    package static func makeFolder(_ path: String) throws(Fault) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .notWritten }
    }

    /// Three words before each: what it is, its bytes, and their checksum.
    enum Part: UInt64 { case stamp = 1, numbers, amounts, chunks, containers, lists, masks, values, end, bytes }
}
