/// What is asked of an audience in one pass: its count, how the count changes as each leaf of the question is dropped, how
/// many of it are inside other questions, and how amounts and sets are spread over it.
package struct Survey: Sendable {
    /// The parts of the question, all of which must hold, in the order in which they decide most.
    let parts: [Node]
    /// For each leaf in reading order: the part that it is of, and that part without it; nil where nothing is left.
    let drops: [(part: Int, node: Node?)]
    let insides: [Node]
    let spreads: [Spread]
    let shares: [OrdinalSet]
    let sums: [AmountColumn]
    let numberSums: [NumberColumn]

    /// `dropping`: also the count without each leaf.
    package init(
        _ question: Question, of population: Population, dropping: Bool = true, insides: [Question] = [], spreads: [Spread] = [],
        shares: [OrdinalSet] = [], sums: [AmountColumn] = [], numberSums: [NumberColumn] = []
    ) {
        let count = max(1, population.base.count)
        let asked: [Question] = if case .all(let parts) = question { parts } else { [question] }
        let nodes = asked.map { Node($0, isNegated: false, count: count) }
        let order = nodes.indices.sorted { nodes[$0].estimate.costToRefuse < nodes[$1].estimate.costToRefuse }
        parts = order.map { nodes[$0] }
        drops = (dropping ? Array(asked.indices) : []).flatMap { index in
            let place = order.firstIndex(of: index) ?? 0
            return (0..<asked[index].leafCount).map { leaf in
                (place, asked[index].dropping(leaf: leaf).map { Node($0, isNegated: false, count: count) })
            }
        }
        self.insides = insides.map { Node($0, isNegated: false, count: count) }
        self.spreads = spreads
        self.shares = shares
        self.sums = sums
        self.numberSums = numberSums
    }
}

/// Amounts or numbers of a column by steps: the bounds rise; each is the least of its step, the first step begins at 0.
package struct Spread: Sendable {
    let column: NumberColumn
    /// For each code its step; `vague` where the exact amount decides; `absent` where there is none.
    let steps: [UInt8]
    let amounts: AmountColumn?
    let bounds: [Int64]

    static let vague: UInt8 = 255
    static let absent: UInt8 = 254
    package static let boundsMax = 64

    package var stepCount: Int { bounds.count + 1 }

    package init(of amounts: AmountColumn, at bounds: [Int64]) {
        precondition(bounds.count <= Self.boundsMax && bounds == bounds.sorted(), "at most so many bounds, rising")
        column = amounts.codes
        self.amounts = amounts
        self.bounds = bounds
        steps = (0...UInt16.max).map { code -> UInt8 in
            guard code >= 1, code <= AmountCode.last else { return Self.absent }
            let (first, last) = (
                Self.step(of: AmountCode.least(of: code), bounds), Self.step(of: AmountCode.greatest(of: code), bounds)
            )
            return first == last ? first : Self.vague
        }
    }

    package init(of numbers: NumberColumn, at bounds: [Int64]) {
        precondition(bounds.count <= Self.boundsMax && bounds == bounds.sorted(), "at most so many bounds, rising")
        column = numbers
        amounts = nil
        self.bounds = bounds
        steps = (0...UInt16.max).map { Self.step(of: Int64($0), bounds) }
    }

    static func step(of value: Int64, _ bounds: [Int64]) -> UInt8 {
        UInt8(bounds.firstIndex { value < $0 } ?? bounds.count)
    }

    @inline(__always) func step(at ordinal: Int) -> UInt8 {
        let step = steps[Int(column.number(at: ordinal))]
        guard step == Self.vague, let amounts else { return step }
        return Self.step(of: amounts.amount(at: ordinal), bounds)
    }
}
