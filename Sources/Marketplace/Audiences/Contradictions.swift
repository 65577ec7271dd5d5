import HTTPSupport
import Kernel

extension Predicate {
    /// Where the predicate says what no shopper can meet, whatever anybody bought; none where somebody may. What is found
    /// counts nobody; not everything that counts nobody is found.
    func contradictions(at pointer: String) -> [FieldProblem] {
        var effort = Demand.effortMax
        let clashes = LocatedPredicate(self, at: pointer, isNegated: false).clashes(within: [], &effort) ?? []
        return clashes.map { clash in
            FieldProblem(
                pointer: clash.pointer, code: "contradiction", detail: "Nobody can meet this together with \(clash.other).")
        }
    }
}

/// Two leaves that exclude each other, by their pointers.
private struct Clash {
    let pointer: String
    let other: String
}

/// A predicate with negations at its leaves, each of which knows where it was written.
private indirect enum LocatedPredicate {
    case demand(Demand)
    case all([LocatedPredicate])
    case any([LocatedPredicate])

    init(_ predicate: Predicate, at pointer: String, isNegated: Bool) {
        switch predicate {
        case .leaf(let criterion):
            self = .demand(Demand(criterion, isNegated: isNegated, pointer: "\(pointer)/\(criterion.word)"))
        case .not(let part): self.init(part, at: "\(pointer)/not", isNegated: !isNegated)
        case .all(let parts): self = .joined(parts, "\(pointer)/all", asAny: isNegated, isNegated)
        case .any(let parts): self = .joined(parts, "\(pointer)/any", asAny: !isNegated, isNegated)
        }
    }

    private static func joined(_ parts: [Predicate], _ pointer: String, asAny: Bool, _ isNegated: Bool) -> LocatedPredicate {
        let parts = parts.enumerated().map { LocatedPredicate($1, at: "\(pointer)/\($0)", isNegated: isNegated) }
        return asAny ? .any(parts) : .all(parts)
    }

    /// All that must hold at once, and the choices among them.
    private var conjuncts: (demands: [Demand], choices: [[LocatedPredicate]]) {
        switch self {
        case .demand(let demand): return ([demand], [])
        case .any(let parts): return ([], [parts])
        case .all(let parts):
            let inner = parts.map(\.conjuncts)
            return (inner.flatMap(\.demands), inner.flatMap(\.choices))
        }
    }

    /// What excludes each other here, or the demands that hold all around; nil where nothing is seen that does.
    func clashes(within around: [Demand], _ effort: inout Int) -> [Clash]? {
        let (demands, choices) = conjuncts
        var held = around
        for demand in demands {
            if let other = demand.clash(with: held, &effort) { return [Clash(pointer: demand.pointer, other: other)] }
            held.append(demand)
        }
        for parts in choices {
            var found: [Clash] = []
            let isClosed = parts.allSatisfy { part in
                guard let clashes = part.clashes(within: held, &effort) else { return false }
                found += clashes
                return true
            }
            if isClosed { return found }
        }
        return nil
    }
}
