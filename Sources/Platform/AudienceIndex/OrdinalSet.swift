package import Bitmaps

/// A set of ordinals, laid out as Roaring's are: by chunk a sorted list of 16-bit rests, a bitmap, or the word that all are
/// in. Unlike a `KeySet` its containers are read in place, chunk by chunk, by several threads. It never changes.
@safe package final class OrdinalSet: @unchecked Sendable {
    package let count: Int
    let directory: ChunkDirectory
    let lists: Block
    let masks: Block

    /// `ordinals` rise.
    package init(_ ordinals: [UInt32]) {
        var (directory, lists, masks) = (ChunkDirectory(), [UInt16](), [UInt64]())
        var start = 0
        while start < ordinals.count {
            let chunk = Int(ordinals[start] >> 16)
            var end = start
            while end < ordinals.count, Int(ordinals[end] >> 16) == chunk { end += 1 }
            directory.append(Self.container(ordinals[start..<end], &lists, &masks), of: chunk)
            start = end
        }
        self.directory = directory
        self.lists = Block(of: lists)
        self.masks = Block(of: masks)
        count = ordinals.count
    }

    /// Containers that stand in memory already.
    init(_ directory: ChunkDirectory, lists: Block, masks: Block) {
        self.directory = directory
        self.lists = lists
        self.masks = masks
        count = directory.containers.reduce(0) { $0 + Int($1.count) }
    }

    /// All ordinals below `count`.
    package static func everyone(_ count: Int) -> OrdinalSet { OrdinalSet(Array(0..<UInt32(count))) }

    package convenience init(_ keys: KeySet) { self.init(keys.sorted) }

    package var byteCount: Int { directory.byteCount + lists.byteCount + masks.byteCount }

    package func contains(_ ordinal: UInt32) -> Bool {
        guard let container = directory[Int(ordinal >> 16)] else { return false }
        return holds(container, UInt16(truncatingIfNeeded: ordinal))
    }

    @inline(__always) func holds(_ container: ChunkDirectory.Container, _ rest: UInt16) -> Bool {
        switch container.shape {
        case .whole: true
        case .mask: unsafe words(container)[Int(rest >> 6)] >> UInt64(rest & 63) & 1 == 1
        case .list: unsafe SortedList.place(of: rest, in: list(container), Int(container.count)) != nil
        }
    }

    @inline(__always) func list(_ container: ChunkDirectory.Container) -> UnsafePointer<UInt16> {
        unsafe UnsafePointer(lists.pointer(to: UInt16.self) + container.offset)
    }

    @inline(__always) func words(_ container: ChunkDirectory.Container) -> UnsafePointer<UInt64> {
        unsafe UnsafePointer(masks.pointer(to: UInt64.self) + container.offset)
    }

    static func container(
        _ ordinals: ArraySlice<UInt32>, _ lists: inout [UInt16], _ masks: inout [UInt64]
    ) -> ChunkDirectory.Container {
        let count = Int32(ordinals.count)
        if ordinals.count == Chunk.size { return .init(shape: .whole, count: count, offset: 0) }
        if ordinals.count <= Chunk.arrayMax {
            defer { lists += ordinals.map { UInt16(truncatingIfNeeded: $0) } }
            return .init(shape: .list, count: count, offset: lists.count)
        }
        let offset = masks.count
        masks += repeatElement(0, count: Chunk.words)
        for ordinal in ordinals { masks[offset + Int(ordinal >> 6) % Chunk.words] |= 1 << UInt64(ordinal & 63) }
        return .init(shape: .mask, count: count, offset: offset)
    }
}
