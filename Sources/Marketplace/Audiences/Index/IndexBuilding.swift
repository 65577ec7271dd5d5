package import AudienceIndex
import Kernel
package import Postgres
package import Profiles

extension Transaction {
    /// So many keys are read at once, so that no statement takes long and no answer is as large as the retailer.
    static var keysOfSlice: Int64 { 100_000 }

    /// The index of a retailer at a moment, read from the stored facts in one go: as large as the retailer, a layer for each
    /// slice of shoppers. To be exact all statements must see the same data: a transaction of `Database.snapshot`. `progress`
    /// hears of each slice, and may throw to give up.
    package func shopperIndex(
        on moment: ProfileMoment, _ crew: Crew, progress: (_ slice: IndexSlice) throws -> Void = { _ in }
    ) throws -> ShopperIndex {
        try prepareForProfiles()
        let rules = try activeTraitRules(of: moment.retailer)
        let keyMax = try greatestShopperKey(of: moment.retailer)
        let slices = stride(from: 0, through: keyMax, by: Int(Self.keysOfSlice)).map { first in
            keyMax < Self.keysOfSlice ? ShopperSelection.all : .range(first...(first + Self.keysOfSlice - 1))
        }
        var (layers, bytes, people) = ([IndexLayer](), 0, 0)
        for (place, slice) in slices.enumerated() {
            let facts = try shopperFacts(on: moment, of: slice, rules)
            if !facts.keys.isEmpty { layers.append(IndexLayer(facts)) }
            (bytes, people) = (bytes + facts.byteCount, people + facts.keys.count)
            try progress(IndexSlice(number: place + 1, of: slices.count, shoppers: people, bytes: bytes))
        }
        return ShopperIndex(
            moment: moment, layers: layers,
            catalogue: try indexedCatalogue(of: moment.retailer), rules: rules, scoring: Scoring(), crew: crew)
    }

    /// What is known of some shoppers of the base.
    func shopperFacts(
        on moment: ProfileMoment, of shoppers: ShopperSelection, _ rules: [TraitName: TraitRule]
    ) throws -> ShopperFacts {
        let people = try indexedPeople(on: moment, of: shoppers)
        let places = Places(people.keys)
        return ShopperFacts(
            keys: people.keys, numbers: people.numbers, year: people.year,
            stores: try indexedVisits(on: moment, of: shoppers, places),
            favouriteBrands: try indexedFavourites(on: moment, of: shoppers, places),
            boughtProducts: try indexedPurchases(on: moment, of: shoppers, places),
            traits: try indexedTraits(rules, on: moment, of: shoppers, places),
            tags: try indexedTags(of: moment.retailer, of: shoppers, places))
    }

    /// The shoppers of criteria that the index does not hold, from the oracle.
    package func givenShoppers(for criteria: [Criterion], on moment: ProfileMoment) throws -> [Criterion: [Int64]] {
        try Dictionary(
            uniqueKeysWithValues: criteria.map { ($0, try members(of: .leaf($0), on: moment)) })
    }

    private func greatestShopperKey(of retailer: RetailerID) throws -> Int64 {
        try one(
            "SELECT COALESCE(max(shopper_key), 0) FROM shopper WHERE retailer_id = \(retailer)", { row in try row.next() })
    }
}

/// How far the building of an index has come.
package struct IndexSlice: Sendable {
    package let number: Int
    package let of: Int
    /// So far.
    package let shoppers: Int
    package let bytes: Int
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

/// The shoppers of the base with their numbers.
struct IndexedPeople {
    let keys: [Int64]
    let numbers: ShopperNumbers
    let year: YearNumbers
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
