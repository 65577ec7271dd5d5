/// Frames against frames. Lists stay lists where the answer cannot be longer.
extension Frame {
    func intersect(_ other: Frame) {
        switch (shape, other.shape) {
        case (.none, _): return
        case (_, .none): clear()
        case (.list, .list): filter { other.listHas($0) }
        case (.list, .mask): filter { other.mask.has($0) }
        case (.mask, .list): unsafe intersectMask(withList: other.list, other.count)
        case (.mask, .mask): maskChanged(count: mask.intersect(other.mask))
        }
    }

    func subtract(_ other: Frame) {
        switch (shape, other.shape) {
        case (.none, _), (_, .none): return
        case (.list, .list): filter { !other.listHas($0) }
        case (.list, .mask): filter { !other.mask.has($0) }
        case (.mask, .list): unsafe removeFromMask(other.list, other.count)
        case (.mask, .mask): maskChanged(count: mask.subtract(other.mask))
        }
    }

    func unite(_ other: Frame) {
        switch (shape, other.shape) {
        case (_, .none): return
        case (.none, _): copy(other)
        case (_, .list):
            toMask()
            var added = count
            for place in 0..<other.count {
                let rest = unsafe other.list[place]
                added &+= 1 - mask.bit(rest)
                mask.insert(rest)
            }
            maskChanged(count: added)
        case (_, .mask):
            toMask()
            maskChanged(count: mask.unite(other.mask))
        }
    }

    private func listHas(_ rest: UInt16) -> Bool { unsafe SortedList.place(of: rest, in: list, count) != nil }

    /// How many of the frame a set has.
    func countShared(with set: OrdinalSet, chunk: Int) -> Int {
        guard shape != .none, let container = set.directory[chunk] else { return 0 }
        switch (shape, container.shape) {
        case (.none, _): return 0
        case (_, .whole): return count
        case (.mask, .mask): return unsafe mask.countShared(with: set.words(container))
        case (.mask, .list):
            let list = unsafe set.list(container)
            var shared = 0
            for place in 0..<Int(container.count) { unsafe shared &+= mask.bit(list[place]) }
            return shared
        case (.list, _):
            var shared = 0
            for place in 0..<count { unsafe shared &+= set.holds(container, list[place]) ? 1 : 0 }
            return shared
        }
    }
}
