import Glibc

/// Writes a copy beside the place where it shall be, and moves it there when it is whole and on the disk.
@safe package final class IndexWriter {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>
    private var isFinished = false

    package init(_ path: String, stamp: [UInt8]) throws(IndexFile.Fault) {
        precondition(stamp.count <= IndexFile.stampBytesMax, "a short stamp")
        self.path = path
        guard let file = unsafe fopen(path + ".new", "w") else { throw .notWritten }
        unsafe self.file = unsafe file
        try put([IndexFile.magic, IndexFile.version], as: nil)
        try put(stamp, as: .stamp)
    }

    deinit {
        guard !isFinished else { return }
        unsafe fclose(file)
        unsafe unlink(path + ".new")
    }

    package func put(_ column: NumberColumn) throws(IndexFile.Fault) { try put(column.block, as: .numbers) }

    package func put(_ column: AmountColumn) throws(IndexFile.Fault) {
        try put(column.codes)
        try put((0..<column.count).map { column.codes[$0] == 0 ? 0 : column.amount(at: $0) }, as: .amounts)
    }

    package func put(_ keys: [Int64]) throws(IndexFile.Fault) { try put(keys, as: .amounts) }

    /// Whatever the caller reads back by itself: names, days, counts.
    package func put(bytes: [UInt8]) throws(IndexFile.Fault) { try put(bytes, as: .bytes) }

    package func put(_ set: OrdinalSet) throws(IndexFile.Fault) {
        try put(set.directory)
        try put(set.lists, as: .lists)
        try put(set.masks, as: .masks)
    }

    package func put(_ set: ValuedSet) throws(IndexFile.Fault) {
        try put(set.directory)
        try put(set.rests, as: .lists)
        try put(set.values, as: .values)
    }

    /// Nothing is there before this returns.
    package func finish() throws(IndexFile.Fault) {
        try put([UInt8](), as: .end)
        isFinished = true
        let isOnDisk = unsafe fflush(file) == 0 && fsync(fileno(file)) == 0
        let isClosed = unsafe fclose(file) == 0
        guard isOnDisk, isClosed, unsafe rename(path + ".new", path) == 0 else { throw .notWritten }
    }

    private func put(_ directory: ChunkDirectory) throws(IndexFile.Fault) {
        try put(directory.chunks, as: .chunks)
        try put(directory.containers.map(\.packed), as: .containers)
    }

    private func put(_ block: Block, as part: IndexFile.Part) throws(IndexFile.Fault) {
        try unsafe write(UnsafeRawBufferPointer(start: block.start, count: block.byteCount), part)
    }

    private func put<Element: BitwiseCopyable>(_ elements: [Element], as part: IndexFile.Part?) throws(IndexFile.Fault) {
        let block = Block(of: elements)
        try unsafe write(UnsafeRawBufferPointer(start: block.start, count: block.byteCount), part)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, _ part: IndexFile.Part?) throws(IndexFile.Fault) {
        if let part {
            try unsafe put([part.rawValue, UInt64(bytes.count), Checksum.of(bytes)], as: nil)
        }
        guard unsafe bytes.isEmpty || fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else { throw .notWritten }
    }
}

extension ChunkDirectory.Container {
    /// Shape, count and offset in one word.
    var packed: UInt64 { UInt64(shape.rawValue) << 62 | UInt64(count) << 42 | UInt64(offset) }

    init?(packed: UInt64) {
        guard let shape = Shape(rawValue: UInt8(packed >> 62)) else { return nil }
        self.init(shape: shape, count: Int32(packed >> 42 & 0xF_FFFF), offset: Int(packed & 0x3FF_FFFF_FFFF))
    }
}
