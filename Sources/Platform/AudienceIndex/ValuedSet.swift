/// Ordinals that each have a 16-bit value: the day on which something was last bought, the place of a brand, visits of a
/// store. Four bytes a pair. It never changes.
@safe package final class ValuedSet: @unchecked Sendable {
    package let count: Int
    let directory: ChunkDirectory
    let rests: Block
    let values: Block

    /// `ordinals` rise; a value for each.
    package init(_ ordinals: [UInt32], values: [UInt16]) {
        precondition(ordinals.count == values.count, "a value for each ordinal")
        var directory = ChunkDirectory()
        var start = 0
        while start < ordinals.count {
            let chunk = Int(ordinals[start] >> 16)
            var end = start
            while end < ordinals.count, Int(ordinals[end] >> 16) == chunk { end += 1 }
            directory.append(.init(shape: .list, count: Int32(end - start), offset: start), of: chunk)
            start = end
        }
        self.directory = directory
        rests = Block(of: ordinals.map { UInt16(truncatingIfNeeded: $0) })
        self.values = Block(of: values)
        count = ordinals.count
    }

    /// Pairs that stand in memory already.
    init(_ directory: ChunkDirectory, rests: Block, values: Block) {
        self.directory = directory
        self.rests = rests
        self.values = values
        count = directory.containers.reduce(0) { $0 + Int($1.count) }
    }

    package var byteCount: Int { directory.byteCount + rests.byteCount + values.byteCount }

    package func value(of ordinal: UInt32) -> UInt16? {
        guard let container = directory[Int(ordinal >> 16)] else { return nil }
        return value(of: UInt16(truncatingIfNeeded: ordinal), in: container)
    }

    @inline(__always) func value(of rest: UInt16, in container: ChunkDirectory.Container) -> UInt16? {
        let place = unsafe SortedList.place(of: rest, in: list(container), Int(container.count))
        return place.map { place in unsafe values(container)[place] }
    }

    @inline(__always) func list(_ container: ChunkDirectory.Container) -> UnsafePointer<UInt16> {
        unsafe UnsafePointer(rests.pointer(to: UInt16.self) + container.offset)
    }

    @inline(__always) func values(_ container: ChunkDirectory.Container) -> UnsafePointer<UInt16> {
        unsafe UnsafePointer(values.pointer(to: UInt16.self) + container.offset)
    }
}
