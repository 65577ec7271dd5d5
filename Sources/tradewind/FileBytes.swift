import Compression
import Glibc
import Postgres

/// The bytes of a file in pieces, read on a thread of its own, inflated where its name ends with `.gz`.
struct FileBytes: AsyncSequence, Sendable {
    struct Unreadable: Error, CustomStringConvertible {
        let path: String
        let why: String

        var description: String { "\(path): \(why)" }
    }

    static let pieceBytes = 256 * 1024
    static let inflatedBytesMax = 1 << 40
    static let inflateRatioMax = 1_000

    let path: String
    /// Hears how many bytes of the file were read.
    let onRead: @Sendable (Int) -> Void

    static func size(of path: String) -> Int? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    func makeAsyncIterator() -> Iterator { Iterator(file: self) }

    struct Iterator: AsyncIteratorProtocol {
        let file: FileBytes
        private var reader: Reader?

        init(file: FileBytes) { self.file = file }

        mutating func next() async throws -> [UInt8]? {
            if reader == nil { reader = try Reader(file.path) }
            guard let reader else { return nil }
            let piece = try await withCheckedThrowingContinuation { continuation in
                Thread.start { continuation.resume(with: Result { try reader.read() }) }
            }
            if let piece { file.onRead(piece.count) }
            return piece
        }
    }

    /// An open file, closed with its last reference.
    private final class Reader: Sendable {
        private let descriptor: Int32
        private let path: String

        init(_ path: String) throws {
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            self.path = path
            guard descriptor >= 0 else { throw Unreadable(path: path, why: unsafe String(cString: strerror(errno))) }
        }

        deinit { close(descriptor) }

        /// Nil at the end.
        func read() throws -> [UInt8]? {
            var count = 0
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: FileBytes.pieceBytes) { buffer, filled in
                count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                filled = Swift.max(0, count)
            }
            guard count >= 0 else { throw Unreadable(path: path, why: unsafe String(cString: strerror(errno))) }
            return count == 0 ? nil : piece
        }
    }
}
