/// A question made ready: every `not` stands at a leaf, and the parts of each `all` and `any` stand in the order in which
/// they are expected to decide most for their cost.
package struct Plan: Sendable {
    let root: Node

    package init(_ question: Question, _ base: OrdinalSet) {
        root = Node(question, isNegated: false, count: max(1, base.count))
    }
}

/// A part of a plan.
indirect enum Node: Sendable {
    case leaf(Step)
    case all([Node], Estimate)
    case any([Node], Estimate)

    var estimate: Estimate {
        switch self {
        case .leaf(let step): step.estimate
        case .all(_, let estimate), .any(_, let estimate): estimate
        }
    }

    init(_ question: Question, isNegated: Bool, count: Int) {
        switch question {
        case .leaf(let leaf): self = .leaf(Step(leaf, isNegated: isNegated, count: count))
        case .not(let part): self = Node(part, isNegated: !isNegated, count: count)
        case .all(let parts), .any(let parts):
            let isAll = if case .all = question { !isNegated } else { isNegated }
            let nodes = parts.map { Node($0, isNegated: isNegated, count: count) }
            self = isAll ? .allOf(nodes) : .anyOf(nodes)
        }
    }

    private static func allOf(_ nodes: [Node]) -> Node {
        let opened = nodes.flatMap { node in if case .all(let inner, _) = node { inner } else { [node] } }
        let ordered = opened.sorted { $0.estimate.costToRefuse < $1.estimate.costToRefuse }
        if ordered.count == 1 { return ordered[0] }
        var (share, cost) = (1.0, 0.0)
        for node in ordered {
            cost += share * node.estimate.cost
            share *= node.estimate.share
        }
        return .all(ordered, Estimate(share: share, cost: cost))
    }

    private static func anyOf(_ nodes: [Node]) -> Node {
        let opened = nodes.flatMap { node in if case .any(let inner, _) = node { inner } else { [node] } }
        let ordered = opened.sorted { $0.estimate.costToAccept < $1.estimate.costToAccept }
        if ordered.count == 1 { return ordered[0] }
        var (refused, cost) = (1.0, 0.0)
        for node in ordered {
            cost += refused * (node.estimate.cost + Estimate.copyCost)
            refused *= 1 - node.estimate.share
        }
        return .any(ordered, Estimate(share: 1 - refused, cost: cost))
    }
}

/// What a part is expected to do: the share of ordinals for whom it holds, and its cost for a full chunk in microseconds.
package struct Estimate: Sendable {
    let share: Double
    let cost: Double

    static let copyCost = 0.5

    /// The rank of optimal orders of independent filters (Hellerstein 1993).
    var costToRefuse: Double { cost / max(1e-9, 1 - share) }
    var costToAccept: Double { cost / max(1e-9, share) }
}
