extension OrdinalSet {
    /// The same set without `gone`, which rise. Chunks that lose nobody are copied as they are.
    package func removing(_ gone: [UInt32]) -> OrdinalSet {
        guard !gone.isEmpty else { return self }
        var (directory, lists, masks) = (ChunkDirectory(), [UInt16](), [UInt64]())
        var place = 0
        for (chunk, container) in zip(self.directory.chunks, self.directory.containers) {
            while place < gone.count, gone[place] >> 16 < UInt32(chunk) { place += 1 }
            let first = place
            while place < gone.count, gone[place] >> 16 == UInt32(chunk) { place += 1 }
            if first == place {
                directory.append(copied(container, &lists, &masks), of: Int(chunk))
            } else {
                let left = ordinals(ofChunk: Int(chunk), without: gone[first..<place])
                guard !left.isEmpty else { continue }
                directory.append(Self.container(left[...], &lists, &masks), of: Int(chunk))
            }
        }
        return OrdinalSet(directory, lists: Block(of: lists), masks: Block(of: masks))
    }

    private func copied(
        _ container: ChunkDirectory.Container, _ lists: inout [UInt16], _ masks: inout [UInt64]
    ) -> ChunkDirectory.Container {
        switch container.shape {
        case .whole: return container
        case .list:
            defer { unsafe lists += UnsafeBufferPointer(start: list(container), count: Int(container.count)) }
            return .init(shape: .list, count: container.count, offset: lists.count)
        case .mask:
            defer { unsafe masks += UnsafeBufferPointer(start: words(container), count: Chunk.words) }
            return .init(shape: .mask, count: container.count, offset: masks.count)
        }
    }

    private func ordinals(ofChunk chunk: Int, without gone: ArraySlice<UInt32>) -> [UInt32] {
        let frame = Frame()
        frame.copy(self, chunk: chunk)
        var (left, next) = ([UInt32](), gone.startIndex)
        left.reserveCapacity(frame.count)
        frame.forEach { rest in
            let ordinal = UInt32(chunk) << 16 | UInt32(rest)
            while next < gone.endIndex, gone[next] < ordinal { next += 1 }
            guard next == gone.endIndex || gone[next] != ordinal else { return }
            left.append(ordinal)
        }
        return left
    }
}
