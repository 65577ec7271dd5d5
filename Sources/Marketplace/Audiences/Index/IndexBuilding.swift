package import AudienceIndex
import Kernel
package import Postgres
package import Profiles

extension Transaction {
    /// The index of a retailer at a moment, read from the stored facts in one go: as large as the retailer. To be exact all
    /// statements must see the same data: a transaction of `Database.snapshot`. `progress` hears of each part.
    package func shopperIndex(
        on moment: ProfileMoment, _ crew: Crew, progress: (_ part: String, _ rows: Int) -> Void = { _, _ in }
    ) throws -> ShopperIndex {
        try prepareForProfiles()
        let people = try indexedPeople(on: moment)
        progress("shoppers", people.keys.count)
        let places = Places(people.keys)
        let stores = try indexedVisits(on: moment, places)
        progress("stores", stores.count)
        let favourites = try indexedFavourites(on: moment, places)
        progress("favourite brands", favourites.count)
        let products = try indexedPurchases(on: moment, places)
        progress("bought products", products.count)
        let rules = try activeTraitRules(of: moment.retailer)
        let traits = try indexedTraits(rules, on: moment, places)
        progress("traits", traits.count)
        let tags = try indexedTags(of: moment.retailer, places)
        progress("tags", tags.count)
        return ShopperIndex(
            moment: moment, keys: people.keys,
            population: Population(count: people.keys.count, base: .everyone(people.keys.count), crew),
            numbers: people.numbers, scores: people.scores, stores: stores, favouriteBrands: favourites, boughtProducts: products,
            traits: traits, tags: tags, catalogue: try indexedCatalogue(of: moment.retailer))
    }

    /// The sets of criteria that the index does not hold, from the oracle.
    package func givenSets(for criteria: [Criterion], of index: ShopperIndex) throws -> [Criterion: OrdinalSet] {
        let places = Places(index.keys)
        return try Dictionary(
            uniqueKeysWithValues: criteria.map { criterion in
                let members = try members(of: .leaf(criterion), on: index.moment)
                return (criterion, OrdinalSet(members.compactMap { places[$0] }))
            })
    }
}

/// The ordinals of shoppers' keys.
struct Places {
    private let ordinals: [Int64: UInt32]

    init(_ keys: [Int64]) {
        ordinals = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, UInt32($0)) })
    }

    /// Nil for who is not in the base.
    subscript(key: Int64) -> UInt32? { ordinals[key] }
}

/// The shoppers of the base with their numbers and scores.
struct IndexedPeople {
    let keys: [Int64]
    let numbers: ShopperNumbers
    let scores: ScoreSets
}

/// Pairs of a set while they are read, rising.
struct PairDraft {
    private var ordinals: [UInt32] = []
    private var values: [UInt16] = []

    mutating func append(_ ordinal: UInt32, _ value: UInt16) {
        ordinals.append(ordinal)
        values.append(value)
    }

    var valued: ValuedSet { ValuedSet(ordinals, values: values) }
    var members: OrdinalSet { OrdinalSet(ordinals) }
}
