import Synchronization

extension OrdinalSet {
    /// All of them, rising.
    package var ordinals: [UInt32] {
        var ordinals: [UInt32] = []
        ordinals.reserveCapacity(count)
        let frame = Frame()
        for chunk in directory.chunks.map(Int.init) {
            frame.copy(self, chunk: chunk)
            frame.forEach { ordinals.append(UInt32(chunk) << 16 | UInt32($0)) }
        }
        return ordinals
    }
}

extension ValuedSet {
    /// All of them, rising.
    package var ordinals: [UInt32] {
        zip(directory.chunks, directory.containers).flatMap { chunk, container in
            let list = unsafe UnsafeBufferPointer(start: list(container), count: Int(container.count))
            return unsafe list.map { UInt32(chunk) << 16 | UInt32($0) }
        }
    }

    /// Who has a value within, as a set: for questions that come often about a set that many are in.
    package func members(within range: ClosedRange<UInt16>) -> OrdinalSet {
        OrdinalSet(zip(ordinals, allValues).filter { range.contains($1) }.map { $0.0 })
    }

    /// The values, in the order of the ordinals.
    package var allValues: [UInt16] {
        directory.containers.flatMap { container in
            unsafe Array(UnsafeBufferPointer(start: values(container), count: Int(container.count)))
        }
    }
}

extension NumberColumn {
    /// Reads everything once on all of the crew's threads and does next to nothing with it: the time that the memory needs,
    /// which no question over the column can beat.
    package func readOnce(_ crew: Crew) -> UInt16 {
        let result = Collected()
        let chunks = Chunk.count(for: count)
        crew.run { worker in
            var sum: UInt16 = 0
            for chunk in stride(from: worker, to: chunks, by: crew.workers) { sum ^= self.checksum(ofChunk: chunk) }
            result.value.bitwiseXor(sum, ordering: .relaxed)
        }
        return result.value.load(ordering: .relaxed)
    }

    private func checksum(ofChunk chunk: Int) -> UInt16 {
        let vectors = unsafe vectors(ofChunk: chunk)
        var (one, two) = (SIMD16<UInt16>.zero, SIMD16<UInt16>.zero)
        for place in stride(from: 0, to: Chunk.size / Self.lanes, by: 2) {
            unsafe one ^= vectors[place]
            unsafe two ^= vectors[place + 1]
        }
        one ^= two
        return (0..<Self.lanes).reduce(UInt16(0)) { $0 ^ one[$1] }
    }

    private final class Collected: Sendable { let value = Atomic<UInt16>(0) }
}
