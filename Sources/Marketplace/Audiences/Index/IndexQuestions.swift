package import AudienceIndex
import Kernel
import Profiles

/// Predicates as questions to a layer of the index. What the index does not hold by itself is taken from sets that were
/// given.
package struct IndexQuestions: Sendable {
    private let facts: ShopperFacts
    private let scores: ScoreSets
    private let moment: ProfileMoment
    private let catalogue: IndexedCatalogue
    private let given: [Criterion: OrdinalSet]

    init(
        _ facts: ShopperFacts, _ scores: ScoreSets, _ moment: ProfileMoment, _ catalogue: IndexedCatalogue,
        given: [Criterion: OrdinalSet]
    ) {
        self.facts = facts
        self.scores = scores
        self.moment = moment
        self.catalogue = catalogue
        self.given = given
    }

    package func question(_ predicate: Predicate) -> Question {
        switch predicate {
        case .all(let parts): .all(parts.map(question))
        case .any(let parts): .any(parts.map(question))
        case .not(let part): .not(question(part))
        case .leaf(let criterion): question(criterion)
        }
    }

    private func question(_ criterion: Criterion) -> Question {
        switch criterion {
        case .stores(let ids, let minReceipts): visitors(ids.compactMap { facts.stores[$0] }, minReceipts)
        case .averageCheck(let range): .leaf(.amount(facts.numbers.averageCheck, Self.amounts(range)))
        case .spend(let range): .leaf(.amount(facts.numbers.spend, Self.amounts(range)))
        case .purchaseFrequency(let range):
            .leaf(.number(facts.numbers.receipts, UInt16(clamping: range.gte ?? 0)...UInt16(clamping: range.lte ?? .max)))
        case .recencyDays(let range): recency(range)
        case .favouriteBrands(let ids, let top):
            Self.valued(ids.compactMap { facts.favouriteBrands[$0] }, 1...UInt16(clamping: top))
        case .bought(let goods, let days, let receipts): bought(goods, days, receipts, criterion)
        case .traits(let several): Self.several(several) { facts.traits[$0] }
        case .tags(let several): Self.several(several) { facts.tags[$0] }
        case .rfmSegments(let segments): .any(segments.compactMap { scores.segments[$0] }.map(Self.members))
        case .rfmScores(let least):
            .all([
                Self.members(scores.atLeastR[Int(least.r ?? 1) - 1]),
                Self.members(scores.atLeastF[Int(least.f ?? 1) - 1]),
                Self.members(scores.atLeastM[Int(least.m ?? 1) - 1]),
            ])
        }
    }

    private func visitors(_ stores: [StoreVisits], _ minReceipts: Int32) -> Question {
        guard minReceipts > 1 else { return .any(stores.map { Self.members($0.shoppers) }) }
        return stores.isEmpty ? .nobody : .leaf(.total(stores.map(\.receipts), atLeast: UInt32(minReceipts)))
    }

    private func recency(_ range: CountRange) -> Question {
        let today = moment.today
        let first = BusinessDay(daysSince1970: max(0, today.daysSince1970 - (range.lte ?? today.daysSince1970)))
        let last = today.daysSince1970 - (range.gte ?? 0)
        guard last >= first.daysSince1970 else { return .nobody }
        let codes = ShopperIndex.code(of: first)...ShopperIndex.code(of: BusinessDay(daysSince1970: last))
        return .leaf(.number(facts.numbers.lastDay, codes))
    }

    private func bought(_ goods: Merchandise, _ days: Int32, _ receipts: Int32, _ criterion: Criterion) -> Question {
        guard receipts <= 1 else { return given[criterion].map(Self.members) ?? .nobody }
        precondition(days <= ShopperIndex.boughtDaysMax, "the index looks back one year")
        let sets = catalogue.ordinals(of: goods).compactMap { facts.boughtProducts[$0] }
        let today = moment.today
        return Self.valued(sets, ShopperIndex.code(of: today.adding(days: 1 - days))...ShopperIndex.code(of: today))
    }

    private static func several<Name>(_ several: Several<Name>, _ set: (Name) -> OrdinalSet?) -> Question {
        let sets = several.names.map { set($0).map(members) ?? .nobody }
        return several.quantifier == .all ? .all(sets) : .any(sets)
    }

    private static func amounts(_ range: AmountRange) -> ClosedRange<Int64> {
        (range.gte ?? 0)...(range.lt.map { $0 - 1 } ?? .max)
    }

    private static func valued(_ sets: [ValuedSet], _ range: ClosedRange<UInt16>) -> Question {
        sets.isEmpty ? .nobody : .leaf(.valued(sets, range))
    }

    private static func members(_ set: OrdinalSet) -> Question { .leaf(.members(set)) }
}
