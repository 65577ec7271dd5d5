/// The ordinals of a chunk that are still in question: none, a short list, or a mask. One worker's.
@safe final class Frame {
    enum Shape { case none, list, mask }

    private(set) var shape = Shape.none
    private(set) var count = 0
    let mask: Mask
    let list: UnsafeMutablePointer<UInt16>
    private let maskBlock = Block(byteCount: Chunk.words * 8)
    private let listBlock = Block(byteCount: (Chunk.arrayMax + 64) * 2)

    init() {
        mask = unsafe Mask(maskBlock.pointer(to: UInt64.self))
        unsafe list = listBlock.pointer(to: UInt16.self)
    }

    func clear() { (shape, count) = (.none, 0) }

    func copy(_ other: Frame) {
        (shape, count) = (other.shape, other.count)
        switch shape {
        case .none: break
        case .list: unsafe list.update(from: other.list, count: count)
        case .mask: mask.copy(other.mask)
        }
    }

    /// Becomes what a set has in a chunk.
    func copy(_ set: OrdinalSet, chunk: Int) {
        guard let container = set.directory[chunk] else { return clear() }
        count = Int(container.count)
        switch container.shape {
        case .whole:
            shape = .mask
            mask.fill()
        case .mask:
            shape = .mask
            unsafe mask.copy(set.words(container))
        case .list:
            shape = .list
            unsafe list.update(from: set.list(container), count: count)
        }
    }

    /// The mask was changed to hold so many.
    func maskChanged(count: Int) {
        self.count = count
        if count == 0 {
            shape = .none
        } else if count <= Chunk.listMax {
            toList()
        } else {
            shape = .mask
        }
    }

    /// The frame as a mask whatever its shape is.
    func toMask() {
        switch shape {
        case .mask: return
        case .none: mask.clear()
        case .list:
            mask.clear()
            for place in 0..<count { unsafe mask.insert(list[place]) }
        }
        shape = .mask
    }

    private func toList() {
        var filled = 0
        mask.forEach { rest in
            unsafe list[filled] = rest
            filled += 1
        }
        shape = .list
    }

    /// Keeps of the list what holds.
    @inline(__always) func filter(_ holds: (UInt16) -> Bool) {
        var kept = 0
        for place in 0..<count {
            let rest = unsafe list[place]
            unsafe list[kept] = rest
            kept &+= holds(rest) ? 1 : 0
        }
        count = kept
        if kept == 0 { shape = .none }
    }

    /// Becomes those of a set's list that the mask has: what is left of a mask and a list is a list.
    func intersectMask(withList other: UnsafePointer<UInt16>, _ otherCount: Int) {
        var kept = 0
        for place in 0..<otherCount {
            let rest = unsafe other[place]
            unsafe list[kept] = rest
            kept &+= mask.bit(rest)
        }
        count = kept
        shape = kept == 0 ? .none : .list
    }

    /// Each ordinal of the frame, rising.
    @inline(__always) func forEach(_ body: (UInt16) -> Void) {
        switch shape {
        case .none: return
        case .list: for place in 0..<count { unsafe body(list[place]) }
        case .mask: mask.forEach(body)
        }
    }
}
