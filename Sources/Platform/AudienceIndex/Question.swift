/// A question about ordinals: leaves over the index, joined by all, any and not. `all` of nothing is everyone, `any` of
/// nothing nobody. What it means is `holds(at:)`; everything faster must give the same.
package indirect enum Question: Sendable {
    case all([Question])
    case any([Question])
    case not(Question)
    case leaf(Leaf)

    package static let everyone = Question.all([])
    package static let nobody = Question.any([])
}

/// One question that the index answers by itself.
package enum Leaf: Sendable {
    case members(OrdinalSet)
    case number(NumberColumn, ClosedRange<UInt16>)
    /// The amount is there and within, both ends included.
    case amount(AmountColumn, ClosedRange<Int64>)
    /// One of the sets has the ordinal with a value within.
    case valued([ValuedSet], ClosedRange<UInt16>)
    /// The values of the sets together reach so much; at least 1.
    case total([ValuedSet], atLeast: UInt32)
}

extension Question {
    package func holds(at ordinal: UInt32) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(at: ordinal) }
        case .any(let parts): parts.contains { $0.holds(at: ordinal) }
        case .not(let part): !part.holds(at: ordinal)
        case .leaf(let leaf): leaf.holds(at: ordinal)
        }
    }

    package var leafCount: Int {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + $1.leafCount }
        case .not(let part): part.leafCount
        case .leaf: 1
        }
    }

    /// The question without its leaf of that number in reading order; nil where nothing is left of it. A node that loses its
    /// last part goes too.
    package func dropping(leaf number: Int) -> Question? {
        switch self {
        case .leaf: return number == 0 ? nil : self
        case .not(let part): return part.dropping(leaf: number).map { .not($0) }
        case .all(let parts):
            let rest = Self.dropping(number, of: parts)
            return rest.isEmpty && !parts.isEmpty ? nil : .all(rest)
        case .any(let parts):
            let rest = Self.dropping(number, of: parts)
            return rest.isEmpty && !parts.isEmpty ? nil : .any(rest)
        }
    }

    private static func dropping(_ number: Int, of parts: [Question]) -> [Question] {
        var first = 0
        return parts.compactMap { part in
            defer { first += part.leafCount }
            return (first..<first + part.leafCount).contains(number) ? part.dropping(leaf: number - first) : part
        }
    }
}

extension Leaf {
    package func holds(at ordinal: UInt32) -> Bool {
        switch self {
        case .members(let set): set.contains(ordinal)
        case .number(let column, let range): range.contains(column[Int(ordinal)])
        case .amount(let column, let range): column[Int(ordinal)].map { range.contains($0) } ?? false
        case .valued(let sets, let range): sets.contains { $0.value(of: ordinal).map { range.contains($0) } ?? false }
        case .total(let sets, let least): sets.reduce(UInt32(0)) { $0 + UInt32($1.value(of: ordinal) ?? 0) } >= least
        }
    }
}
