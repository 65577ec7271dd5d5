import JSONText

/// Whom an audience is made of: questions about a profile, joined by all, any and not. At most `depthMax` deep and
/// `leavesMax` leaves where it came from outside. `all` of nothing is everybody.
package indirect enum Predicate: Hashable, Sendable {
    case all([Predicate])
    case any([Predicate])
    case not(Predicate)
    case leaf(Criterion)

    package static let depthMax = 8
    package static let leavesMax = 64

    package static let everybody = Predicate.all([])

    /// All leaves in reading order, each with its JSON Pointer below `pointer`.
    package func leaves(at pointer: String) -> [(pointer: String, criterion: Criterion)] {
        switch self {
        case .all(let parts): parts.enumerated().flatMap { $1.leaves(at: "\(pointer)/all/\($0)") }
        case .any(let parts): parts.enumerated().flatMap { $1.leaves(at: "\(pointer)/any/\($0)") }
        case .not(let part): part.leaves(at: "\(pointer)/not")
        case .leaf(let criterion): [("\(pointer)/\(criterion.word)", criterion)]
        }
    }

    /// The distinct questions, in reading order.
    package var criteria: [Criterion] {
        var seen: Set<Criterion> = []
        return leaves(at: "").map(\.criterion).filter { seen.insert($0).inserted }
    }

    /// The same tree with each leaf replaced.
    func mapLeaves(_ change: (Criterion) -> Criterion) -> Predicate {
        switch self {
        case .all(let parts): .all(parts.map { $0.mapLeaves(change) })
        case .any(let parts): .any(parts.map { $0.mapLeaves(change) })
        case .not(let part): .not(part.mapLeaves(change))
        case .leaf(let criterion): .leaf(change(criterion))
        }
    }
}

extension Predicate {
    /// The same meaning with every `not` directly over a leaf, `all` in `all` and `any` in `any` opened, and nothing
    /// joined alone: what is asked, whatever way it was written.
    package var normalForm: Predicate { normal(isNegated: false) }

    private func normal(isNegated: Bool) -> Predicate {
        switch self {
        case .leaf: isNegated ? .not(self) : self
        case .not(let part): part.normal(isNegated: !isNegated)
        case .all(let parts): .joined(parts.map { $0.normal(isNegated: isNegated) }, asAny: isNegated)
        case .any(let parts): .joined(parts.map { $0.normal(isNegated: isNegated) }, asAny: !isNegated)
        }
    }

    private static func joined(_ parts: [Predicate], asAny: Bool) -> Predicate {
        let opened = parts.flatMap { part -> [Predicate] in
            switch part {
            case .any(let inner) where asAny: inner
            case .all(let inner) where !asAny: inner
            default: [part]
            }
        }
        var seen: Set<Predicate> = []
        let distinct = opened.filter { seen.insert($0).inserted }
        if distinct.count == 1 { return distinct[0] }
        return asAny ? .any(distinct) : .all(distinct)
    }

    /// One text for all ways to order the parts of the normal form: equal questions have equal texts.
    package var canonicalBytes: [UInt8] { normalForm.sorted.jsonBytes }

    private var sorted: Predicate {
        switch self {
        case .leaf: self
        case .not(let part): .not(part.sorted)
        case .all(let parts): .all(Self.ordered(parts))
        case .any(let parts): .any(Self.ordered(parts))
        }
    }

    private static func ordered(_ parts: [Predicate]) -> [Predicate] {
        parts.map(\.sorted).map { (part: $0, text: $0.jsonBytes) }
            .sorted { $0.text.lexicographicallyPrecedes($1.text) }
            .map(\.part)
    }
}
