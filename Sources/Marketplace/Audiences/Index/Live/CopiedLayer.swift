import AudienceIndex
import Kernel
import Profiles

/// The names of a layer's sets, in the order in which the sets follow.
private struct SetNames {
    let stores: [ExternalID]
    let brands: [ExternalID]
    let products: [Int32]
    let traits: [TraitName]
    let tags: [ExternalID]
}

extension IndexWriter {
    func put(_ layer: IndexLayer) throws(IndexFile.Fault) {
        let facts = layer.facts
        let names = SetNames(
            stores: facts.stores.keys.sorted(), brands: facts.favouriteBrands.keys.sorted(),
            products: facts.boughtProducts.keys.sorted(), traits: facts.traits.keys.sorted(), tags: facts.tags.keys.sorted())
        try put(bytes: names.bytes)
        try put(facts.keys)
        try put(layer.live)
        for column in [facts.numbers.receipts, facts.numbers.lastDay, facts.year.lastDay, facts.year.receipts] {
            try put(column)
        }
        try put(facts.numbers.spend)
        try put(facts.year.spend)
        for name in names.stores { if let visits = facts.stores[name] { try put(visits.receipts) } }
        for name in names.brands { if let set = facts.favouriteBrands[name] { try put(set) } }
        for name in names.products { if let set = facts.boughtProducts[name] { try put(set) } }
        for name in names.traits { if let set = facts.traits[name] { try put(set) } }
        for name in names.tags { if let set = facts.tags[name] { try put(set) } }
    }
}

extension IndexReader {
    func layer() throws(IndexFile.Fault) -> IndexLayer {
        let names = try SetNames(stored: try bytes())
        let (keys, live) = (try keys(), try ordinalSet())
        guard zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 }), (live.ordinals.last.map { Int($0) < keys.count } ?? true)
        else { throw .damaged }
        let columns = (
            try numbers(count: keys.count), try numbers(count: keys.count), try numbers(count: keys.count),
            try numbers(count: keys.count)
        )
        let numbers = ShopperNumbers(
            receipts: columns.0, spend: try amounts(count: keys.count), lastDay: columns.1)
        let year = YearNumbers(lastDay: columns.2, receipts: columns.3, spend: try amounts(count: keys.count))
        let visits = try valuedSets(names.stores)
        let facts = ShopperFacts(
            keys: keys, numbers: numbers, year: year,
            stores: visits.mapValues { StoreVisits(shoppers: OrdinalSet($0.ordinals), receipts: $0) },
            favouriteBrands: try valuedSets(names.brands), boughtProducts: try valuedSets(names.products),
            traits: try ordinalSets(names.traits), tags: try ordinalSets(names.tags))
        return IndexLayer(facts, live: live)
    }

    private func valuedSets<Name: Hashable>(_ names: [Name]) throws(IndexFile.Fault) -> [Name: ValuedSet] {
        var sets: [Name: ValuedSet] = [:]
        for name in names { sets[name] = try valuedSet() }
        return sets
    }

    private func ordinalSets<Name: Hashable>(_ names: [Name]) throws(IndexFile.Fault) -> [Name: OrdinalSet] {
        var sets: [Name: OrdinalSet] = [:]
        for name in names { sets[name] = try ordinalSet() }
        return sets
    }
}

extension SetNames {
    var bytes: [UInt8] {
        var packed = PackedTexts()
        for list in [stores.map(\.text), brands.map(\.text), products.map { "\($0)" }, traits.map(\.rawValue), tags.map(\.text)] {
            packed.put(list)
        }
        return packed.bytes
    }

    init(stored bytes: [UInt8]) throws(IndexFile.Fault) {
        var packed = PackedTexts(bytes)
        stores = try packed.texts().map { ExternalID(stored: $0) }
        brands = try packed.texts().map { ExternalID(stored: $0) }
        products = try packed.texts().compactMap { Int32($0) }
        traits = try packed.texts().compactMap { TraitName(rawValue: $0) }
        tags = try packed.texts().map { ExternalID(stored: $0) }
    }
}
