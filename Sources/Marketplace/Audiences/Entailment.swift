import Kernel
import Profiles

extension Criterion {
    /// Whether whoever meets this one meets the other too, as far as names and bounds tell. `effort` is spent on looking up
    /// ids; without any left the answer is no, which is never wrong to say.
    func entails(_ other: Criterion, _ effort: inout Int) -> Bool {
        switch (self, other) {
        case (.stores(let ids, let receipts), .stores(let others, let least)):
            least <= receipts && ids.areAll(in: others, &effort)
        case (.favouriteBrands(let ids, let top), .favouriteBrands(let others, let lowest)):
            top <= lowest && ids.areAll(in: others, &effort)
        case (.bought(let goods, let days, let receipts), .bought(let others, let longest, let least)):
            days <= longest && least <= receipts && goods.areAll(of: others, &effort)
        case (.traits(let several), .traits(let others)): several.entails(others, &effort)
        case (.tags(let several), .tags(let others)): several.entails(others, &effort)
        default: false
        }
    }
}

extension Merchandise {
    fileprivate func areAll(of other: Merchandise, _ effort: inout Int) -> Bool {
        switch (self, other) {
        case (.products(let ids), .products(let others)), (.brands(let ids), .brands(let others)),
            (.categories(let ids), .categories(let others)):
            ids.areAll(in: others, &effort)
        default: false
        }
    }
}

extension Several where Name: Comparable {
    fileprivate func entails(_ other: Several, _ effort: inout Int) -> Bool {
        switch (asksForEach, other.asksForEach) {
        case (true, true): other.names.areAll(in: names, &effort)
        case (true, false): other.names.contains { [$0].areAll(in: names, &effort) }
        case (false, false): names.areAll(in: other.names, &effort)
        // One of several names is not each of them; one of one was taken for each above.
        case (false, true): false
        }
    }

    private var asksForEach: Bool { quantifier == .all || names.count == 1 }
}

extension Array where Element: Comparable {
    /// Whether each is one of the others, of which there is none more than once, rising.
    fileprivate func areAll(in others: [Element], _ effort: inout Int) -> Bool {
        guard count <= others.count else { return false }
        return allSatisfy { element in
            guard effort > 0 else { return false }
            effort -= 1
            return others.hasSorted(element)
        }
    }

    private func hasSorted(_ element: Element) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == element
    }
}
