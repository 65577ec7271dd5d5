/// Leaves over ordinals with values. The frame's own kind is kept: a list asks each set for its ordinals, a mask gathers the
/// sets' answers first.
extension Frame {
    /// `gathered` is free for use.
    func narrow(_ sets: [ValuedSet], _ range: ClosedRange<UInt16>, chunk: Int, isNegated: Bool, gathered: Mask) {
        switch shape {
        case .none: return
        case .list:
            let containers = sets.compactMap { set in set.directory[chunk].map { (set, $0) } }
            filter { rest in
                containers.contains { set, container in
                    set.value(of: rest, in: container).map { range.contains($0) } ?? false
                } != isNegated
            }
        case .mask:
            gathered.clear()
            for set in sets {
                guard let container = set.directory[chunk] else { continue }
                unsafe Self.gather(set.list(container), set.values(container), Int(container.count), range, into: gathered)
            }
            maskChanged(count: isNegated ? mask.subtract(gathered) : mask.intersect(gathered))
        }
    }

    /// Without a branch: whether a value is within is a coin toss to the processor.
    private static func gather(
        _ rests: UnsafePointer<UInt16>, _ values: UnsafePointer<UInt16>, _ count: Int, _ range: ClosedRange<UInt16>,
        into mask: Mask
    ) {
        let (low, span) = (range.lowerBound, range.upperBound - range.lowerBound)
        for place in 0..<count {
            let rest = unsafe rests[place]
            let isWithin: UInt64 = unsafe values[place] &- low <= span ? 1 : 0
            unsafe mask.words[Int(rest >> 6)] |= isWithin << UInt64(rest & 63)
        }
    }

    /// `sums` is free for use, one for each ordinal of a chunk.
    func narrow(
        _ sets: [ValuedSet], atLeast least: UInt32, chunk: Int, isNegated: Bool, gathered: Mask,
        sums: UnsafeMutablePointer<UInt32>
    ) {
        switch shape {
        case .none: return
        case .list:
            let containers = sets.compactMap { set in set.directory[chunk].map { (set, $0) } }
            filter { rest in
                let sum = containers.reduce(UInt32(0)) { $0 + UInt32($1.0.value(of: rest, in: $1.1) ?? 0) }
                return (sum >= least) != isNegated
            }
        case .mask:
            gathered.clear()
            unsafe Self.gather(sets, atLeast: least, chunk: chunk, into: gathered, sums)
            maskChanged(count: isNegated ? mask.subtract(gathered) : mask.intersect(gathered))
        }
    }

    private static func gather(
        _ sets: [ValuedSet], atLeast least: UInt32, chunk: Int, into mask: Mask, _ sums: UnsafeMutablePointer<UInt32>
    ) {
        unsafe sums.update(repeating: 0, count: Chunk.size)
        for set in sets {
            guard let container = set.directory[chunk] else { continue }
            let (rests, values) = unsafe (set.list(container), set.values(container))
            for place in 0..<Int(container.count) {
                let rest = unsafe Int(rests[place])
                let sum = unsafe sums[rest] &+ UInt32(values[place])
                unsafe sums[rest] = sum
                unsafe mask.words[rest >> 6] |= (sum >= least ? 1 : 0) << UInt64(rest & 63)
            }
        }
    }
}
