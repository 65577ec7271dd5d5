/// Searching a rising list of rests.
enum SortedList {
    static func place(of rest: UInt16, in list: UnsafePointer<UInt16>, _ count: Int) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) >> 1
            if unsafe list[middle] < rest { low = middle + 1 } else { high = middle }
        }
        return unsafe low < count && list[low] == rest ? low : nil
    }

    /// The first place at or after `start` whose rest is not below: steps double, so that a long list is not read whole.
    @inline(__always)
    static func gallop(to rest: UInt16, in list: UnsafePointer<UInt16>, from start: Int, _ count: Int) -> Int {
        var (low, step) = (start, 1)
        while unsafe low + step < count && list[low + step] < rest {
            low += step
            step <<= 1
        }
        var high = min(count, low + step + 1)
        while low < high {
            let middle = (low + high) >> 1
            if unsafe list[middle] < rest { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
