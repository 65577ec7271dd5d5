import AudienceIndex
import Kernel

extension ShopperFacts {
    /// One layer of those who are live in several.
    static func joined(_ layers: [IndexLayer]) -> ShopperFacts {
        guard layers.count != 1 || layers[0].live.count != layers[0].facts.keys.count else { return layers[0].facts }
        let joint = Joint(layers)
        let (numbers, year) = (ShopperNumbers(count: joint.keys.count), YearNumbers(count: joint.keys.count))
        for (layer, places) in zip(layers, joint.places) {
            for (old, new) in places.enumerated() where new != Joint.nowhere {
                numbers.copy(Int(new), from: layer.facts.numbers, old)
                year.copy(Int(new), from: layer.facts.year, old)
            }
        }
        return ShopperFacts(
            keys: joint.keys, numbers: numbers, year: year,
            stores: joint.visits(layers.map(\.facts.stores)),
            favouriteBrands: joint.valued(layers.map(\.facts.favouriteBrands)),
            boughtProducts: joint.valued(layers.map(\.facts.boughtProducts)),
            traits: joint.members(layers.map(\.facts.traits)), tags: joint.members(layers.map(\.facts.tags)))
    }
}

/// Where the live ordinals of several layers go in one.
private struct Joint {
    let keys: [Int64]
    /// For each layer the new ordinal of each old one.
    let places: [[UInt32]]

    static let nowhere = UInt32.max

    init(_ layers: [IndexLayer]) {
        let live = layers.map { layer in layer.live.ordinals.map { (old: Int($0), key: layer.facts.keys[Int($0)]) } }
        let keys = live.joined().map(\.key).sorted()
        self.keys = keys
        places = zip(layers, live).map { layer, live in
            var (places, next) = ([UInt32](repeating: Self.nowhere, count: layer.facts.keys.count), 0)
            for (old, key) in live {
                while keys[next] < key { next += 1 }
                places[old] = UInt32(next)
            }
            return places
        }
    }

    func members<Name: Hashable>(_ layers: [[Name: OrdinalSet]]) -> [Name: OrdinalSet] {
        combined(layers.map { $0.mapValues { Pairs(ordinals: $0.ordinals, values: []) } }).mapValues { OrdinalSet($0.ordinals) }
    }

    func valued<Name: Hashable>(_ layers: [[Name: ValuedSet]]) -> [Name: ValuedSet] {
        combined(layers.map { $0.mapValues { Pairs(ordinals: $0.ordinals, values: $0.allValues) } })
            .mapValues { ValuedSet($0.ordinals, values: $0.values) }
    }

    func visits(_ layers: [[ExternalID: StoreVisits]]) -> [ExternalID: StoreVisits] {
        let receipts = valued(layers.map { $0.mapValues(\.receipts) })
        return receipts.mapValues { StoreVisits(shoppers: OrdinalSet($0.ordinals), receipts: $0) }
    }

    private struct Pairs {
        var ordinals: [UInt32]
        /// Empty where a set has none.
        var values: [UInt16]
    }

    private func combined<Name: Hashable>(_ layers: [[Name: Pairs]]) -> [Name: Pairs] {
        var combined: [Name: Pairs] = [:]
        for name in Set(layers.flatMap(\.keys)) {
            var pairs = Pairs(ordinals: [], values: [])
            var isRising = true
            for (places, layer) in zip(places, layers) {
                guard let own = layer[name] else { continue }
                for (index, ordinal) in own.ordinals.enumerated() where places[Int(ordinal)] != Self.nowhere {
                    isRising = isRising && pairs.ordinals.last ?? 0 <= places[Int(ordinal)]
                    pairs.ordinals.append(places[Int(ordinal)])
                    if !own.values.isEmpty { pairs.values.append(own.values[index]) }
                }
            }
            if !pairs.ordinals.isEmpty { combined[name] = isRising ? pairs : Self.sorted(pairs) }
        }
        return combined
    }

    private static func sorted(_ pairs: Pairs) -> Pairs {
        let order = pairs.ordinals.indices.sorted { pairs.ordinals[$0] < pairs.ordinals[$1] }
        return Pairs(
            ordinals: order.map { pairs.ordinals[$0] }, values: pairs.values.isEmpty ? [] : order.map { pairs.values[$0] })
    }
}
