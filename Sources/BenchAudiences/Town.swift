import AudienceIndex
import Glibc

/// The generated shoppers of one retailer. The shares are near those of real grocery receipts: receipts a week with
/// median 0.78 and long tails, a check with a wide log-normal spread, about two stores in a window, one main store.
struct Town {
    static let stores = 400
    static let brands = 2_000
    static let categories = 150
    static let products = 5_000
    static let traits = 12
    static let tags = 20
    static let topMax = 10
    static let today = 20_500
    static let windows = [30, 90, 180, 365]

    static func days(_ count: Int) -> ClosedRange<UInt16> { UInt16(today - count + 1)...UInt16(today) }

    let count: Int
    let receipts: NumberColumn
    let spend: AmountColumn
    let averageCheck: AmountColumn
    /// Days since 1970 of the newest receipt.
    let lastDay: NumberColumn
    let storeMembers: [OrdinalSet]
    let visits: [ValuedSet]
    let favourites: [ValuedSet]
    let boughtCategories: [ValuedSet]
    /// For categories that an eighth of the shoppers or more bought: who did so within so many days.
    let boughtWithin: [[Int: OrdinalSet]]
    let boughtProducts: [ValuedSet]
    let traitMembers: [OrdinalSet]
    let tagMembers: [OrdinalSet]
    /// For each score at least 2, 3, 4 and 5.
    let recencyScores: [OrdinalSet]
    let frequencyScores: [OrdinalSet]
    let moneyScores: [OrdinalSet]

    init(count: Int, seed: UInt64) {
        self.count = count
        var draft = Draft(count: count, seed: seed)
        draft.fill()
        receipts = draft.receipts
        spend = draft.spend
        averageCheck = AmountColumn(quotientOf: draft.spend, by: draft.receipts)
        lastDay = draft.lastDay
        storeMembers = draft.visits.map { OrdinalSet($0.ordinals) }
        visits = draft.visits.map(\.set)
        favourites = draft.favourites.map(\.set)
        boughtCategories = draft.categories.map(\.set)
        boughtWithin = boughtCategories.map { set in
            guard set.count >= count / 8 else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: Town.windows.map { ($0, set.members(within: Town.days($0))) })
        }
        boughtProducts = draft.products.map(\.set)
        traitMembers = draft.traits.map { OrdinalSet($0) }
        tagMembers = draft.tags.map { OrdinalSet($0) }
        recencyScores = draft.scores { ordinal in Int64(draft.lastDay[ordinal]) }
        frequencyScores = draft.scores { ordinal in Int64(draft.receipts[ordinal]) }
        moneyScores = draft.scores { ordinal in draft.spend[ordinal] ?? 0 }
    }

    var memory: [(part: String, bytes: Int)] {
        [
            (
                "numbers: receipts, spend, average check, last day",
                [receipts.byteCount, spend.byteCount, averageCheck.byteCount, lastDay.byteCount].reduce(0, +)
            ),
            ("stores: who came, and how often", storeMembers.bytes + visits.bytes),
            ("favourite brands with their places", favourites.bytes),
            ("categories with the day last bought", boughtCategories.bytes),
            ("categories of many: by window", boughtWithin.flatMap { Array($0.values) }.bytes),
            (
                "traits, tags, RFM scores",
                traitMembers.bytes + tagMembers.bytes + recencyScores.bytes + frequencyScores.bytes + moneyScores.bytes
            ),
        ]
    }
}

extension [OrdinalSet] {
    var bytes: Int { reduce(0) { $0 + $1.byteCount } }
}

extension [ValuedSet] {
    var bytes: Int { reduce(0) { $0 + $1.byteCount } }
    var pairs: Int { reduce(0) { $0 + $1.count } }
}
