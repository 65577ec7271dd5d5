import Compression
import SystemPackage
import TextStreams

/// A folder of gzip CSV files with a header.
struct DataFolder: Sendable {
    static let pieceBytes = 256 * 1024
    static let limits = GzipLimits(outputBytesMax: 1 << 34, ratioMax: 1_000)

    let path: FilePath

    var name: String { path.string }

    init(_ path: FilePath) { self.path = path }

    func folder(_ name: String) -> DataFolder { DataFolder(path.appending(name)) }

    func holds(_ file: String) -> Bool { (try? open(path.appending(file)).close()) != nil }

    /// Every row of a file, in order; the row's fields are those of the named columns, in their order.
    func read(_ file: String, columns: [String], _ onRow: (borrowing DataRow) throws -> Void) throws {
        let path = path.appending(file)
        let descriptor: FileDescriptor
        do { descriptor = try open(path) } catch { throw DataFault.unreadable(file: path.string, why: "\(error)") }
        try descriptor.closeAfter {
            var table = DataTable(file: path.string, columns: columns)
            let gzip = GzipDecoder(limits: Self.limits)
            do {
                while let piece = try nextPiece(of: descriptor, path) {
                    gzip.feed(piece)
                    while let text = try gzip.next() { try table.feed(text, onRow) }
                }
                try gzip.finish()
            } catch let failure as GzipDecoder.Failure {
                throw DataFault.badGzip(file: path.string, failure)
            }
            try table.finish(onRow)
        }
    }

    private func open(_ path: FilePath) throws -> FileDescriptor {
        try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    }

    /// Nil at the end.
    private func nextPiece(of descriptor: FileDescriptor, _ path: FilePath) throws -> [UInt8]? {
        do {
            let piece = try unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
                count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            return piece.isEmpty ? nil : piece
        } catch {
            throw DataFault.unreadable(file: path.string, why: "\(error)")
        }
    }
}
