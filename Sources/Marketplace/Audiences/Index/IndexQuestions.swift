package import AudienceIndex
import Kernel
import Profiles

/// Predicates as questions to the index. What the index does not hold by itself (goods on several receipts: two products on
/// one receipt are one) is taken from sets that the oracle gave.
package struct IndexQuestions: Sendable {
    private let index: ShopperIndex
    private let given: [Criterion: OrdinalSet]

    package init(_ index: ShopperIndex, given: [Criterion: OrdinalSet] = [:]) {
        self.index = index
        self.given = given
    }

    /// The criteria that must be given.
    package static func unheld(_ predicate: Predicate) -> [Criterion] {
        predicate.criteria.filter { if case .bought(_, _, let receipts) = $0 { receipts > 1 } else { false } }
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
        case .stores(let ids, let minReceipts): visitors(ids.compactMap { index.stores[$0] }, minReceipts)
        case .averageCheck(let range): .leaf(.amount(index.numbers.averageCheck, Self.amounts(range)))
        case .spend(let range): .leaf(.amount(index.numbers.spend, Self.amounts(range)))
        case .purchaseFrequency(let range):
            .leaf(.number(index.numbers.receipts, UInt16(clamping: range.gte ?? 0)...UInt16(clamping: range.lte ?? .max)))
        case .recencyDays(let range): recency(range)
        case .favouriteBrands(let ids, let top):
            Self.valued(ids.compactMap { index.favouriteBrands[$0] }, 1...UInt16(clamping: top))
        case .bought(let goods, let days, let receipts): bought(goods, days, receipts, criterion)
        case .traits(let several): Self.several(several) { index.traits[$0] }
        case .tags(let several): Self.several(several) { index.tags[$0] }
        case .rfmSegments(let segments): .any(segments.compactMap { index.scores.segments[$0] }.map(Self.members))
        case .rfmScores(let least):
            .all([
                Self.members(index.scores.atLeastR[Int(least.r ?? 1) - 1]),
                Self.members(index.scores.atLeastF[Int(least.f ?? 1) - 1]),
                Self.members(index.scores.atLeastM[Int(least.m ?? 1) - 1]),
            ])
        }
    }

    private func visitors(_ stores: [StoreVisits], _ minReceipts: Int32) -> Question {
        guard minReceipts > 1 else { return .any(stores.map { Self.members($0.shoppers) }) }
        return stores.isEmpty ? .nobody : .leaf(.total(stores.map(\.receipts), atLeast: UInt32(minReceipts)))
    }

    private func recency(_ range: CountRange) -> Question {
        let today = index.moment.today
        let first = BusinessDay(daysSince1970: max(0, today.daysSince1970 - (range.lte ?? today.daysSince1970)))
        let last = today.daysSince1970 - (range.gte ?? 0)
        guard last >= first.daysSince1970 else { return .nobody }
        let codes = ShopperIndex.code(of: first)...ShopperIndex.code(of: BusinessDay(daysSince1970: last))
        return .leaf(.number(index.numbers.lastDay, codes))
    }

    private func bought(_ goods: Merchandise, _ days: Int32, _ receipts: Int32, _ criterion: Criterion) -> Question {
        guard receipts <= 1 else { return given[criterion].map(Self.members) ?? .nobody }
        precondition(days <= ShopperIndex.boughtDaysMax, "the index looks back one year")
        let sets = index.catalogue.ordinals(of: goods).compactMap { index.boughtProducts[$0] }
        let today = index.moment.today
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
