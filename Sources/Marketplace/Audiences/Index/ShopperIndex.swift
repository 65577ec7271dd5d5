package import AudienceIndex
import Kernel
package import Profiles

/// A retailer's profiles of one moment in memory, by dense ordinals of its shoppers in the order of their keys: answers any
/// predicate with the same shoppers as the oracle (docs/audience-index.md). Built by `Transaction.shopperIndex(on:)`.
package struct ShopperIndex: Sendable {
    package let moment: ProfileMoment
    /// The base, rising; a shopper's ordinal is its place here.
    package let keys: [Int64]
    package let population: Population
    package let numbers: ShopperNumbers
    let scores: ScoreSets
    let stores: [ExternalID: StoreVisits]
    let favouriteBrands: [ExternalID: ValuedSet]
    /// By the product's ordinal: the day on which it was last bought, in the last 365.
    let boughtProducts: [Int32: ValuedSet]
    let traits: [TraitName: OrdinalSet]
    let tags: [ExternalID: OrdinalSet]
    let catalogue: IndexedCatalogue

    package static let boughtDaysMax: Int32 = 365

    /// How a day stands in a column: 0 is "never".
    static func code(of day: BusinessDay) -> UInt16 { UInt16(clamping: day.daysSince1970 + 1) }

    package func shopperKeys(_ ordinals: [UInt32]) -> [Int64] { ordinals.map { keys[Int($0)] } }
}

/// A number for each shopper.
package struct ShopperNumbers: Sendable {
    /// Of the window.
    package let receipts: NumberColumn
    /// Of the window; 0 where nothing was bought.
    package let spend: AmountColumn
    /// Spend by receipt, none without receipts.
    package let averageCheck: AmountColumn
    /// Of the newest receipt, ever.
    package let lastDay: NumberColumn

    init(count: Int) {
        receipts = NumberColumn(count: count)
        spend = AmountColumn(count: count)
        lastDay = NumberColumn(count: count)
        averageCheck = AmountColumn(quotientOf: spend, by: receipts)
    }

    func put(_ ordinal: Int, receipts count: Int64, spendMinor: Int64, lastDay day: BusinessDay?) {
        receipts[ordinal] = UInt16(clamping: count)
        spend[ordinal] = spendMinor
        lastDay[ordinal] = day.map(ShopperIndex.code) ?? 0
        averageCheck.refreshQuotient(at: ordinal)
    }
}

/// Who came to a store in the window, and how often.
struct StoreVisits: Sendable {
    let shoppers: OrdinalSet
    let receipts: ValuedSet
}

/// Recency, frequency and money as sets: for each score who has at least 1 to 5, and each segment.
struct ScoreSets: Sendable {
    let atLeastR: [OrdinalSet]
    let atLeastF: [OrdinalSet]
    let atLeastM: [OrdinalSet]
    let segments: [Segment: OrdinalSet]
}
