import Kernel

extension CatalogueDraft {
    /// The products as the town shows them. Here and nowhere else a drawn price becomes money.
    func products() -> [TownProduct] {
        items.enumerated().map { index, item in
            var draws = Draws(seed: seed, .product, UInt64(index))
            let pattern = patterns[item.category]
            let price = Self.tagged(roubles: item.roubles)
            let withoutVAT = price * 10_000 / Int64(10_000 + pattern.vatRateBp)
            let costBp = Int32((item.isPrivateLabel(in: brands) ? 4_400 : 5_200) + draws.index(below: 1_600))
            return TownProduct(
                index: index, id: ExternalID(stored: "product-" + zeroPadded(index + 1, width: 5)), name: name(of: item),
                brand: item.brand, category: item.category, owner: brands[item.brand].owner, unit: pattern.measure.saleUnit,
                regularPriceMinor: price, costMinor: BasisPoints(stored: costBp).halfUp(of: withoutVAT),
                vatRateBp: pattern.vatRateBp, isAdult: pattern.isAdult, typicalGrams: pattern.measure.typicalGrams)
        }
    }

    /// A price tag: whole roubles and ninety kopecks.
    private static func tagged(roubles: Double) -> Int64 {
        max(9, Int64(roubles)) * 100 + 90
    }

    private func name(of item: Item) -> String {
        let pattern = patterns[item.category]
        let variant = pattern.variants[item.ordinalInFamily % pattern.variants.count]
        let round = item.ordinalInFamily / pattern.variants.count
        let size = pattern.sizes[round % pattern.sizes.count]
        let edition = round / pattern.sizes.count
        return "\(brands[item.brand].name) \(pattern.name), \(variant), \(size)" + (edition == 0 ? "" : " (\(edition + 1))")
    }
}

extension CatalogueDraft.Item {
    fileprivate func isPrivateLabel(in brands: [TownBrand]) -> Bool { brands[brand].owner == .privateLabel }
}

extension CategoryPattern.Measure {
    fileprivate var saleUnit: SaleUnit {
        switch self {
        case .piece: .piece
        case .kilogram: .kilogram
        }
    }

    fileprivate var typicalGrams: Double {
        switch self {
        case .piece: 0
        case .kilogram(let grams): grams
        }
    }
}
