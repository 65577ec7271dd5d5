import Glibc
import SystemPackage

enum FileStatus {
    static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        return unsafe stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Who may do what with a file; nil where there is none.
    static func mode(of path: FilePath) -> UInt32? {
        var status = stat()
        return unsafe stat(path.string, &status) == 0 ? status.st_mode & 0o777 : nil
    }
}
