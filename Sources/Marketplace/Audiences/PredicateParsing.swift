package import HTTPSupport
import JSONText
import Kernel
import Postgres
import Profiles

/// What a node of a predicate may be.
private enum NodeWord: String {
    case all, any, not, stores, spend, bought, traits, rfm, tags
    case averageCheck = "average_check"
    case purchaseFrequency = "purchase_frequency"
    case recencyDays = "recency_days"
    case favouriteBrands = "favourite_brands"
}

/// Counts leaves while a predicate is read.
private final class LeafCount { var leaves = 0 }

extension Predicate {
    /// Reads the predicate in a member; whatever is wrong, and what nobody can meet, points at its leaf.
    package init(_ fields: Fields, _ name: String) {
        guard let value = fields.requiredValue(name) else {
            self = .everybody
            return
        }
        let count = LeafCount()
        self = fields.nested(value, at: fields.place(of: name)) { Predicate($0, depth: 1, count) } ?? .everybody
        guard fields.isGoodSoFar else { return }
        for problem in contradictions(at: fields.place(of: name)) { fields.refuse(problem) }
    }

    /// A predicate that was checked on its way in.
    init(stored predicate: JSONB) throws {
        self = try Fields.read(JSONReader.parse(predicate.text)) { Predicate($0, depth: 1, LeafCount()) }
    }

    private init(_ fields: Fields, depth: Int, _ count: LeafCount) {
        let words = fields.present(among: NodeWord.self)
        guard depth <= Self.depthMax else {
            fields.refuseWhole("too_deep", "Is nested deeper than \(Self.depthMax).")
            self = .everybody
            return
        }
        guard let word = words.first, words.count == 1 else {
            fields.refuseWhole("one_member", "Must have exactly one member: all, any, not or one criterion.")
            self = .everybody
            return
        }
        switch word {
        case .all: self = .all(Self.parts(fields, "all", depth, count))
        case .any: self = .any(Self.parts(fields, "any", depth, count))
        case .not: self = .not(fields.object("not", otherwise: .everybody) { Predicate($0, depth: depth + 1, count) })
        default:
            count.leaves += 1
            // What comes after the first one too many is not read.
            guard count.leaves <= Self.leavesMax else {
                if count.leaves == Self.leavesMax + 1 {
                    fields.refuse(word.rawValue, "too_many_leaves", "A predicate has at most \(Self.leavesMax) leaves.")
                }
                self = .everybody
                return
            }
            let criterion = fields.object(word.rawValue, otherwise: nil) { Criterion($0, word) }
            self = criterion.map(Predicate.leaf) ?? .everybody
        }
    }

    private static func parts(_ fields: Fields, _ name: String, _ depth: Int, _ count: LeafCount) -> [Predicate] {
        guard count.leaves <= leavesMax else { return [] }
        return fields.objects(name, count: 1...leavesMax) { Predicate($0, depth: depth + 1, count) }
    }
}

extension Criterion {
    /// Nil where the word is no criterion.
    fileprivate init?(_ fields: Fields, _ word: NodeWord) {
        switch word {
        case .all, .any, .not: return nil
        case .stores:
            self = .stores(any: fields.sortedIDs("any", max: Self.idsMax), minReceipts: fields.receipts)
        case .averageCheck: self = .averageCheck(AmountRange(fields))
        case .spend: self = .spend(AmountRange(fields))
        case .purchaseFrequency: self = .purchaseFrequency(CountRange(fields))
        case .recencyDays: self = .recencyDays(CountRange(fields))
        case .favouriteBrands:
            let top = fields.integerIfPresent("top", in: 1...Int64(Self.topMax)).map(Int32.init) ?? Self.topDefault
            self = .favouriteBrands(any: fields.sortedIDs("any", max: Self.idsMax), top: top)
        case .bought:
            self = .bought(Merchandise(fields), withinDays: fields.boughtDays, minReceipts: fields.receipts)
        case .traits:
            self = .traits(Several(fields) { fields, name in fields.traitNames(name) })
        case .tags:
            self = .tags(Several(fields) { fields, name in fields.sortedIDs(name, max: Self.namesMax) })
        case .rfm: self = Self.rfm(fields)
        }
    }

    private static func rfm(_ fields: Fields) -> Criterion {
        let scores = RFMScores(r: fields.score("r"), f: fields.score("f"), m: fields.score("m"))
        let hasScores = scores != RFMScores(r: nil, f: nil, m: nil)
        guard fields.has("segments") else {
            if !hasScores { fields.refuseWhole("required", "Needs segments, or one of r, f and m.") }
            return .rfmScores(scores)
        }
        if hasScores { fields.refuseWhole("one_only", "Only one of segments and scores.") }
        let segments = fields.words("segments", Segment.self)
        if segments.isEmpty { fields.refuse("segments", "bad_length", "Must have at least one segment.") }
        return .rfmSegments(Set(segments).sorted())
    }
}

extension AmountRange {
    fileprivate init(_ fields: Fields) {
        gte = fields.integerIfPresent("gte", in: 0...Money.bound)
        lt = fields.integerIfPresent("lt", in: 1...Money.bound)
        if gte == nil, lt == nil { fields.refuseWhole("required", "Needs gte or lt.") }
        if let gte, let lt, gte >= lt { fields.refuse("lt", "empty_range", "Must be above gte.") }
    }
}

extension CountRange {
    fileprivate init(_ fields: Fields) {
        gte = fields.integerIfPresent("gte", in: 0...Int64(Criterion.countMax)).map(Int32.init)
        lte = fields.integerIfPresent("lte", in: 0...Int64(Criterion.countMax)).map(Int32.init)
        if gte == nil, lte == nil { fields.refuseWhole("required", "Needs gte or lte.") }
        if let gte, let lte, gte > lte { fields.refuse("lte", "empty_range", "Must not be below gte.") }
    }
}

extension Several {
    /// Reads exactly one of `any` and `all`.
    fileprivate init(_ fields: Fields, _ read: (Fields, String) -> [Name]) {
        let given = Quantifier.allCases.filter { fields.has($0.rawValue) }
        if given.count != 1 { fields.refuseWhole("one_only", "Needs any or all, and not both.") }
        let quantifier = given.first ?? .any
        self.init(quantifier, given.isEmpty ? [] : read(fields, quantifier.rawValue))
    }
}

extension Fields {
    fileprivate var receipts: Int32 {
        Int32(integerIfPresent("min_receipts", in: 1...Int64(Criterion.receiptsMax)) ?? 1)
    }

    fileprivate var boughtDays: Int32 {
        let days = Int32(integer("within_days", in: 0...Int64(Criterion.countMax)))
        if has("within_days"), !Criterion.boughtDays.contains(days) {
            refuse("within_days", "unknown_window", "Must be 30, 90, 180 or 365.")
        }
        return days
    }

    fileprivate func score(_ name: String) -> Int32? {
        objectIfPresent(name) { Int32($0.integer("gte", in: 1...5)) }
    }

    fileprivate func traitNames(_ name: String) -> [TraitName] {
        let names = listIfPresent(name, max: Criterion.namesMax) { value -> TraitName in
            guard case .string(let text) = value, let trait = TraitName(rawValue: text) else {
                throw BadValue("bad_trait_name", "Must be the name of a trait.")
            }
            return trait
        }
        if value(name) == .array([]) { refuse(name, "bad_length", "Must have 1 to \(Criterion.namesMax) elements.") }
        return Set(names ?? []).sorted()
    }
}
