/// Where the containers of a set begin, by chunk: only chunks that hold something have one, so that a set of few ordinals
/// costs little.
struct ChunkDirectory: Sendable {
    /// Rising.
    private(set) var chunks: [UInt16] = []
    private(set) var containers: [Container] = []

    struct Container: Sendable, Equatable {
        enum Shape: UInt8, Sendable { case list, mask, whole }

        let shape: Shape
        let count: Int32
        /// Of the first element: in the lists, or in the words of the masks.
        let offset: Int
    }

    mutating func append(_ container: Container, of chunk: Int) {
        chunks.append(UInt16(chunk))
        containers.append(container)
    }

    subscript(chunk: Int) -> Container? {
        let wanted = UInt16(truncatingIfNeeded: chunk)
        if chunks.count > chunk, chunks[chunk] == wanted { return containers[chunk] }
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count && chunks[low] == wanted ? containers[low] : nil
    }

    var byteCount: Int { chunks.count * (2 + MemoryLayout<Container>.stride) }
}
