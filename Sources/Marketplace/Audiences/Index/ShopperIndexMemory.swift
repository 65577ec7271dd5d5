import AudienceIndex

extension ShopperFacts {
    var byteCount: Int { memory.reduce(0) { $0 + $1.bytes } }

    /// Bytes of each part.
    fileprivate var memory: [(part: String, bytes: Int)] {
        [
            ("keys", keys.count * 8),
            ("numbers", numbers.byteCount),
            ("rfm", year.byteCount),
            ("stores", stores.values.reduce(0) { $0 + $1.shoppers.byteCount + $1.receipts.byteCount }),
            ("favourite_brands", favouriteBrands.values.reduce(0) { $0 + $1.byteCount }),
            ("traits", traits.values.reduce(0) { $0 + $1.byteCount }),
            ("tags", tags.values.reduce(0) { $0 + $1.byteCount }),
            ("bought products", boughtProducts.values.reduce(0) { $0 + $1.byteCount }),
        ]
    }
}

extension ShopperIndex {
    /// Bytes of each part, over all layers.
    package var memory: [(part: String, bytes: Int)] {
        var sums: [(part: String, bytes: Int)] = []
        for (place, part) in layers.map(\.facts.memory).joined().map({ $0 }).enumerated() {
            if place < Self.parts { sums.append(part) } else { sums[place % Self.parts].bytes += part.bytes }
        }
        return sums + [("scores and layers", layers.reduce(scoring.byteCount) { $0 + $1.live.byteCount })]
    }

    private static let parts = 8

    package var byteCount: Int { memory.reduce(0) { $0 + $1.bytes } }

    /// Pairs of a shopper and a product that it bought in the last 366 days.
    package var boughtPairs: Int {
        layers.reduce(0) { $0 + $1.facts.boughtProducts.values.reduce(0) { $0 + $1.count } }
    }
}

extension ShopperNumbers {
    fileprivate var byteCount: Int {
        receipts.byteCount + spend.byteCount + averageCheck.byteCount + lastDay.byteCount
    }
}

extension YearNumbers {
    fileprivate var byteCount: Int { lastDay.byteCount + receipts.byteCount + spend.byteCount }
}
