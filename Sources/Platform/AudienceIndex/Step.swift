/// A leaf made ready, with what it is expected to do.
struct Step: Sendable {
    let leaf: Leaf
    let isNegated: Bool
    let estimate: Estimate
    let work: Work

    enum Work: Sendable {
        case nothing
        case members(OrdinalSet)
        case codes(NumberColumn, CodeRange)
        case amounts(NumberColumn, CodeRange, AmountColumn, ClosedRange<Int64>)
        case valued([ValuedSet], ClosedRange<UInt16>)
        case total([ValuedSet], UInt32)
    }

    private static let samples = 256
    /// Asking more sets for each sample costs more than a better order gains.
    private static let sampledSetsMax = 8
    /// Microseconds for a chunk: 8 KiB of a mask, 128 KiB of a column, one pair of a set with values.
    private static let maskCost = 0.5
    private static let columnCost = 20.0
    private static let pairCost = 0.0015

    init(_ leaf: Leaf, isNegated: Bool, count: Int) {
        self.leaf = leaf
        self.isNegated = isNegated
        work = Self.work(of: leaf)
        let (share, cost) = Self.expectation(of: leaf, count)
        estimate = Estimate(share: isNegated ? 1 - share : share, cost: cost)
    }

    private static func work(of leaf: Leaf) -> Work {
        switch leaf {
        case .members(let set): .members(set)
        case .number(let column, let range): .codes(column, CodeRange(range))
        case .amount(let column, let range):
            CodeRange(amounts: range).map { codes -> Work in
                codes.isVague ? .amounts(column.codes, codes, column, range) : .codes(column.codes, codes)
            } ?? .nothing
        case .valued(let sets, let range): .valued(sets, range)
        case .total(let sets, let least): .total(sets, least)
        }
    }

    private static func expectation(of leaf: Leaf, _ count: Int) -> (share: Double, cost: Double) {
        let chunks = Double(Chunk.count(for: count))
        switch leaf {
        case .members(let set):
            let cost = min(maskCost, 0.05 + Double(set.lists.byteCount + set.masks.byteCount) / chunks / 8192 * maskCost)
            return (Double(set.count) / Double(count), cost)
        case .number, .amount: return (sampledShare(of: leaf, count), columnCost)
        case .valued(let sets, _), .total(let sets, _):
            let pairs = Double(sets.reduce(0) { $0 + $1.count })
            let share = sets.count <= sampledSetsMax ? sampledShare(of: leaf, count) : min(0.95, pairs / Double(count))
            return (share, 1 + pairs / chunks * pairCost)
        }
    }

    /// Ordinals are drawn evenly: the order in which shoppers came says little of what they buy.
    private static func sampledShare(of leaf: Leaf, _ count: Int) -> Double {
        let samples = min(samples, count)
        let hits = (0..<samples).count { leaf.holds(at: UInt32(count * $0 / samples)) }
        return (Double(hits) + 0.5) / Double(samples + 1)
    }
}
