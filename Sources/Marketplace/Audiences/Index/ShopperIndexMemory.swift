import AudienceIndex

extension ShopperIndex {
    /// Bytes of each part.
    package var memory: [(part: String, bytes: Int)] {
        let scores = scores.atLeastR + scores.atLeastF + scores.atLeastM + Array(scores.segments.values)
        return [
            ("keys", keys.count * 8),
            (
                "numbers",
                numbers.receipts.byteCount + numbers.spend.byteCount + numbers.averageCheck.byteCount + numbers.lastDay.byteCount
            ),
            ("rfm", scores.reduce(0) { $0 + $1.byteCount }),
            ("stores", stores.values.reduce(0) { $0 + $1.shoppers.byteCount + $1.receipts.byteCount }),
            ("favourite_brands", favouriteBrands.values.reduce(0) { $0 + $1.byteCount }),
            ("traits", traits.values.reduce(0) { $0 + $1.byteCount }),
            ("tags", tags.values.reduce(0) { $0 + $1.byteCount }),
            ("bought products", boughtProducts.values.reduce(0) { $0 + $1.byteCount }),
        ]
    }

    /// Pairs of a shopper and a product that it bought in the last 365 days.
    package var boughtPairs: Int { boughtProducts.values.reduce(0) { $0 + $1.count } }
}
