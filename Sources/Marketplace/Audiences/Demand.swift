import Kernel
import Profiles

/// A criterion that must hold, or must not: a leaf of a predicate with negations at the leaves.
struct Demand: Sendable {
    let criterion: Criterion
    let isNegated: Bool
    let pointer: String
    /// Which of the 125 scores R, F, M of whoever has some meet the criterion; nil where it is not about scores.
    private let scores: UInt128?

    /// So many ids are looked up in others' lists for one predicate, so that no predicate costs more than its reading.
    static let effortMax = 4_096

    init(_ criterion: Criterion, isNegated: Bool, pointer: String) {
        self.criterion = criterion
        self.isNegated = isNegated
        self.pointer = pointer
        scores = criterion.scores
    }

    /// The pointer of a demand that, with those before it, nobody who meets this can meet; nil where none is seen.
    func clash(with held: [Demand], _ effort: inout Int) -> String? {
        for other in held where other.isNegated != isNegated {
            let (demanded, refused) = isNegated ? (other, self) : (self, other)
            if demanded.criterion.entails(refused.criterion, &effort) { return other.pointer }
        }
        return clashInRange(with: held) ?? clashInScores(with: held)
    }

    /// Ranges of one number: those demanded must share a value, which no refused one covers whole.
    private func clashInRange(with held: [Demand]) -> String? {
        guard let own = criterion.range else { return nil }
        let others = held.compactMap { demand in demand.criterion.range(as: own.word).map { (demand, $0) } }
        var shared = isNegated ? nil : own.span
        for (demand, span) in others where !demand.isNegated {
            shared = shared?.clamped(to: span) ?? span
            if shared?.isEmpty == true { return demand.pointer }
        }
        guard let shared else { return nil }
        if isNegated { return own.span.covers(shared) ? others.last { !$0.0.isNegated }?.0.pointer : nil }
        return others.first { $0.0.isNegated && $0.1.covers(shared) }?.0.pointer
    }

    /// Segments and scores are both about R, F and M.
    private func clashInScores(with held: [Demand]) -> String? {
        guard let own = scores else { return nil }
        let others = held.filter { $0.scores != nil }
        guard !isNegated || others.contains(where: { !$0.isNegated }) else { return nil }
        var left = isNegated ? ~own : own
        for other in others {
            guard let scores = other.scores else { continue }
            left &= other.isNegated ? ~scores : scores
            if left & Criterion.everyScore == 0 { return other.pointer }
        }
        return nil
    }
}

/// Whole numbers from `first` up to below `end`.
struct Span: Sendable {
    let first: Int64
    let end: Int64

    var isEmpty: Bool { first >= end }

    func clamped(to other: Span) -> Span { Span(first: max(first, other.first), end: min(end, other.end)) }

    func covers(_ other: Span) -> Bool { first <= other.first && other.end <= end }
}

extension Criterion {
    /// What is asked of a number, by the criterion's name. An average check is a fraction, and its bounds are whole: between
    /// two of them there is one.
    fileprivate var range: (word: String, span: Span)? {
        switch self {
        case .averageCheck(let range), .spend(let range): (word, Span(first: range.gte ?? 0, end: range.lt ?? .max))
        case .purchaseFrequency(let range), .recencyDays(let range):
            (word, Span(first: Int64(range.gte ?? 0), end: range.lte.map { Int64($0) + 1 } ?? .max))
        default: nil
        }
    }

    fileprivate func range(as word: String) -> Span? {
        guard let range, range.word == word else { return nil }
        return range.span
    }

    /// A bit for each R, F and M.
    static let everyScore = UInt128.max >> 3

    fileprivate var scores: UInt128? {
        switch self {
        case .rfmSegments(let segments): Self.scores { segments.contains(.of(r: $0, f: $1, m: $2)) }
        case .rfmScores(let least):
            Self.scores { r, f, m in r >= (least.r ?? 1) && f >= (least.f ?? 1) && m >= (least.m ?? 1) }
        default: nil
        }
    }

    private static func scores(_ holds: (Int, Int, Int) -> Bool) -> UInt128 {
        var (bits, place) = (UInt128(0), UInt128(0))
        for r in 1...5 {
            for f in 1...5 {
                for m in 1...5 {
                    if holds(r, f, m) { bits |= 1 << place }
                    place += 1
                }
            }
        }
        return bits
    }
}
