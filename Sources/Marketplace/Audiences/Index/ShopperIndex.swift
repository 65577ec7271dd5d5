package import AudienceIndex
import Kernel
package import Profiles

/// A retailer's profiles of one moment in memory: answers any predicate with the same shoppers as the oracle
/// (docs/audience-index.md). Built by `Transaction.shopperIndex(on:)`. It never changes: what followed the facts is another
/// value, which shares what stayed the same.
package struct ShopperIndex: Sendable {
    package let moment: ProfileMoment
    /// The oldest first; each shopper is live in one.
    package let layers: [IndexLayer]
    let catalogue: IndexedCatalogue
    /// The traits that are in force.
    let rules: [TraitName: TraitRule]
    let scoring: Scoring
    let crew: Crew

    package static let boughtDaysMax: Int32 = 365

    /// How a day stands in a column: 0 is "never".
    static func code(of day: BusinessDay) -> UInt16 { UInt16(clamping: day.daysSince1970 + 1) }

    /// How many shoppers may be asked about.
    package var base: Int { layers.reduce(0) { $0 + $1.live.count } }
}

/// Facts, and whose of them hold: whoever was looked at again later is live in a later layer.
package struct IndexLayer: Sendable {
    package var facts: ShopperFacts
    package var live: OrdinalSet

    init(_ facts: ShopperFacts) {
        self.facts = facts
        live = .everyone(facts.keys.count)
    }

    init(_ facts: ShopperFacts, live: OrdinalSet) {
        self.facts = facts
        self.live = live
    }

    package func population(_ crew: Crew) -> Population { Population(count: facts.keys.count, base: live, crew) }

    func keys(of ordinals: [UInt32]) -> [Int64] { ordinals.map { facts.keys[Int($0)] } }
}
