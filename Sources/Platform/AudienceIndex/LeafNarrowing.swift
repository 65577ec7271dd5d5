/// Keeping of a frame those for whom a leaf holds (or does not), the cheapest way for the frame's shape.
extension Frame {
    func narrow(_ set: OrdinalSet, chunk: Int, isNegated: Bool) {
        guard shape != .none else { return }
        guard let container = set.directory[chunk] else { return isNegated ? () : clear() }
        switch (shape, container.shape) {
        case (_, .whole): if isNegated { clear() }
        case (.list, .list): unsafe filterByList(set.list(container), Int(container.count), isNegated)
        case (.list, _):
            let other = unsafe Mask(UnsafeMutablePointer(mutating: set.words(container)))
            filter { other.has($0) != isNegated }
        case (_, .mask):
            maskChanged(count: unsafe isNegated ? mask.subtract(set.words(container)) : mask.intersect(set.words(container)))
        case (_, .list) where isNegated: unsafe removeFromMask(set.list(container), Int(container.count))
        case (_, .list): unsafe intersectMask(withList: set.list(container), Int(container.count))
        }
    }

    private func filterByList(_ other: UnsafePointer<UInt16>, _ otherCount: Int, _ isNegated: Bool) {
        var place = 0
        filter { rest in
            place = unsafe SortedList.gallop(to: rest, in: other, from: place, otherCount)
            return unsafe (place < otherCount && other[place] == rest) != isNegated
        }
    }

    func removeFromMask(_ other: UnsafePointer<UInt16>, _ otherCount: Int) {
        var left = count
        for place in 0..<otherCount {
            let rest = unsafe other[place]
            left &-= mask.bit(rest)
            mask.remove(rest)
        }
        maskChanged(count: left)
    }

    /// Numbers of a column within a range of codes; `amounts` decides where a code does not.
    func narrow(
        _ column: NumberColumn, _ range: CodeRange, _ amounts: (column: AmountColumn, range: ClosedRange<Int64>)?, chunk: Int,
        isNegated: Bool
    ) {
        let first = chunk * Chunk.size
        switch shape {
        case .none: return
        case .list:
            filter { rest in
                let code = column.number(at: first + Int(rest))
                guard code >= range.low, code <= range.high else { return isNegated }
                guard let amounts, code == range.vagueLow || code == range.vagueHigh else { return !isNegated }
                return amounts.range.contains(amounts.column.amount(at: first + Int(rest))) != isNegated
            }
        case .mask:
            let flip = SIMD16<UInt16>(repeating: isNegated ? .max : 0)
            if let amounts, range.isVague {
                narrowVague(column, range, amounts, chunk: chunk, flip)
            } else {
                narrowExact(column, range, chunk: chunk, flip)
            }
            maskChanged(count: mask.count())
        }
    }

    private func narrowExact(_ column: NumberColumn, _ range: CodeRange, chunk: Int, _ flip: SIMD16<UInt16>) {
        let vectors = unsafe column.vectors(ofChunk: chunk)
        let blocks = unsafe UnsafeMutableRawPointer(mask.words).assumingMemoryBound(to: SIMD16<UInt16>.self)
        for block in 0..<Chunk.size / NumberColumn.blockSize where !isEmpty(block) {
            unsafe blocks[block] &= range.compareExact(vectors + block * NumberColumn.lanes) ^ flip
        }
    }

    private func narrowVague(
        _ column: NumberColumn, _ range: CodeRange, _ amounts: (column: AmountColumn, range: ClosedRange<Int64>), chunk: Int,
        _ flip: SIMD16<UInt16>
    ) {
        let vectors = unsafe column.vectors(ofChunk: chunk)
        let blocks = unsafe UnsafeMutableRawPointer(mask.words).assumingMemoryBound(to: SIMD16<UInt16>.self)
        for block in 0..<Chunk.size / NumberColumn.blockSize where !isEmpty(block) {
            var (hits, vague) = unsafe range.compare(vectors + block * NumberColumn.lanes)
            unsafe vague &= blocks[block]
            if Self.isAny(vague) {
                let first = chunk * Chunk.size + block * NumberColumn.blockSize
                hits &= ~Self.outside(vague) { amounts.range.contains(amounts.column.amount(at: first + $0)) }
            }
            unsafe blocks[block] &= hits ^ flip
        }
    }

    @inline(__always) private func isEmpty(_ block: Int) -> Bool {
        let words = unsafe mask.words + block * NumberColumn.blockWords
        return unsafe words[0] | words[1] | words[2] | words[3] == 0
    }

    @inline(__always) private static func isAny(_ mask: SIMD16<UInt16>) -> Bool {
        let words = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self)
        return words[0] | words[1] | words[2] | words[3] != 0
    }

    /// Of a block's mask those for whom it does not hold.
    @inline(__always)
    private static func outside(_ mask: SIMD16<UInt16>, _ holds: (Int) -> Bool) -> SIMD16<UInt16> {
        var outside = SIMD16<UInt16>.zero
        for lane in 0..<16 {
            var rest = mask[lane]
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                if !holds(lane * 16 + bit) { outside[lane] |= 1 << UInt16(bit) }
                rest &= rest &- 1
            }
        }
        return outside
    }
}
