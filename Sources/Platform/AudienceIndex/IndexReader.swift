import Glibc

/// Reads a copy part by part. Nothing is trusted: each part has its checksum, and what it holds must be possible.
@safe package final class IndexReader {
    private let file: UnsafeMutablePointer<FILE>
    package private(set) var stamp: [UInt8] = []

    /// The copy's parts follow; it must be of this stamp.
    package convenience init(_ path: String, stamp: [UInt8]) throws(IndexFile.Fault) {
        try self.init(path)
        guard self.stamp == stamp else { throw .otherStamp }
    }

    /// A copy whose stamp the caller looks at.
    package init(_ path: String) throws(IndexFile.Fault) {
        guard let file = unsafe fopen(path, "r") else { throw .missing }
        unsafe self.file = unsafe file
        let head = try words(2)
        guard head[0] == IndexFile.magic else { throw .damaged }
        guard head[1] == IndexFile.version else { throw .otherVersion }
        stamp = try array(.stamp, of: UInt8.self, bytesMax: IndexFile.stampBytesMax)
    }

    deinit { unsafe fclose(file) }

    package func numbers(count: Int) throws(IndexFile.Fault) -> NumberColumn {
        let block = try block(.numbers)
        guard block.byteCount == Chunk.count(for: count) * Chunk.size * 2 else { throw .damaged }
        return NumberColumn(count: count, block)
    }

    package func amounts(count: Int) throws(IndexFile.Fault) -> AmountColumn {
        let codes = try numbers(count: count)
        let amounts = try array(.amounts, of: Int64.self)
        guard amounts.count == count, amounts.allSatisfy({ $0 >= 0 }) else { throw .damaged }
        let column = AmountColumn(count: count)
        for ordinal in 0..<count where codes[ordinal] != 0 { column[ordinal] = amounts[ordinal] }
        return column
    }

    package func keys() throws(IndexFile.Fault) -> [Int64] { try array(.amounts, of: Int64.self) }

    package func bytes() throws(IndexFile.Fault) -> [UInt8] { try array(.bytes, of: UInt8.self) }

    package func ordinalSet() throws(IndexFile.Fault) -> OrdinalSet {
        let (directory, lists, masks) = (try directory(), try block(.lists), try block(.masks))
        let fits = directory.containers.allSatisfy { container in
            switch container.shape {
            case .whole: container.count == Chunk.size
            case .list: container.count <= Chunk.arrayMax && (container.offset + Int(container.count)) * 2 <= lists.byteCount
            case .mask: (container.offset + Chunk.words) * 8 <= masks.byteCount
            }
        }
        guard fits else { throw .damaged }
        return OrdinalSet(directory, lists: lists, masks: masks)
    }

    package func valuedSet() throws(IndexFile.Fault) -> ValuedSet {
        let (directory, rests, values) = (try directory(), try block(.lists), try block(.values))
        let fits = directory.containers.allSatisfy { $0.shape == .list && ($0.offset + Int($0.count)) * 2 <= rests.byteCount }
        guard fits, rests.byteCount == values.byteCount else { throw .damaged }
        return ValuedSet(directory, rests: rests, values: values)
    }

    /// The copy is whole.
    package func end() throws(IndexFile.Fault) { _ = try array(.end, of: UInt8.self, bytesMax: 0) }

    private func directory() throws(IndexFile.Fault) -> ChunkDirectory {
        let (chunks, packed) = (try array(.chunks, of: UInt16.self), try array(.containers, of: UInt64.self))
        let containers = packed.compactMap { ChunkDirectory.Container(packed: $0) }
        guard containers.count == chunks.count, zip(chunks, chunks.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .damaged }
        var directory = ChunkDirectory()
        for (chunk, container) in zip(chunks, containers) { directory.append(container, of: Int(chunk)) }
        return directory
    }

    private func array<Element: BitwiseCopyable>(
        _ part: IndexFile.Part, of type: Element.Type, bytesMax: Int = .max
    ) throws(IndexFile.Fault) -> [Element] {
        let block = try block(part, bytesMax: bytesMax)
        guard block.byteCount % MemoryLayout<Element>.stride == 0 else { throw .damaged }
        let count = block.byteCount / MemoryLayout<Element>.stride
        return unsafe Array(UnsafeBufferPointer(start: block.pointer(to: type), count: count))
    }

    /// More than a file can have left is not asked for: a damaged length must not take the memory.
    private func block(_ part: IndexFile.Part, bytesMax: Int = .max) throws(IndexFile.Fault) -> Block {
        let (head, left) = (try words(3), try bytesLeft())
        guard head[0] == part.rawValue, head[1] <= UInt64(min(bytesMax, left)) else { throw .damaged }
        let block = Block(byteCount: Int(head[1]))
        guard unsafe fread(block.start, 1, block.byteCount, file) == block.byteCount else { throw .damaged }
        let bytes = unsafe UnsafeRawBufferPointer(start: block.start, count: block.byteCount)
        guard unsafe Checksum.of(bytes) == head[2] else { throw .damaged }
        return block
    }

    private func bytesLeft() throws(IndexFile.Fault) -> Int {
        var status = stat()
        guard unsafe fstat(fileno(file), &status) == 0 else { throw .damaged }
        return unsafe max(0, Int(status.st_size) - ftell(file))
    }

    private func words(_ count: Int) throws(IndexFile.Fault) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: count)
        let read = unsafe words.withUnsafeMutableBytes { bytes in unsafe fread(bytes.baseAddress, 1, bytes.count, file) }
        guard read == count * 8 else { throw .damaged }
        return words
    }
}
