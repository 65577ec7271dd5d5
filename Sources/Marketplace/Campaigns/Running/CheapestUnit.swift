import Kernel

extension RunningCampaign {
    /// The least that a unit, or what goes together, may cost the budget, by the recorded prices, with its fee: what does not
    /// pay for it pays for nothing. At least 1 minor unit.
    package var cheapestUnitMinor: Int64 {
        if let together = reward.basket { return withFee(leastTogether(together)) }
        let discounts = products.values.compactMap { terms in
            terms.recordedBaseMinor.map { min(reward.discount(atBase: $0), terms.discountMaxPerUnitMinor) }
        }
        return withFee(discounts.count == products.count ? discounts.min() ?? 0 : 0)
    }

    private func withFee(_ least: Int64) -> Int64 { least > 0 ? least + fee.floor(of: suppliersPart(of: least)) : 1 }

    /// What the cheapest pieces that go together are discounted by; 0 where a price is not known.
    private func leastTogether(_ together: BasketReward) -> Int64 {
        let byPart = Dictionary(grouping: products.values, by: \.part)
        var (base, cap, cheapest) = (Int64(0), Int64(0), Int64.max)
        for (part, quantity) in together.quantities.enumerated() {
            let bases = byPart[part]?.map(\.recordedBaseMinor) ?? []
            guard !bases.contains(nil), let least = bases.compactMap({ $0 }).min(),
                let most = byPart[part]?.map(\.discountMaxPerUnitMinor).min()
            else { return 0 }
            base += least * quantity
            cap += most * quantity
            cheapest = min(cheapest, least)
        }
        let discount =
            switch together {
            case .nForM(let take, let payFor): cheapest * (take - payFor)
            case .percentOff(let share, _): share.halfUp(of: base)
            case .set: together.nearest.discount(atBase: base)
            }
        return max(0, min(discount, cap))
    }

    /// Whether so much money of its accounts, what quotes keep included, pays for no unit any more.
    package func isExhausted(restMinor: Int64) -> Bool { restMinor < cheapestUnitMinor }

    /// The supplier's part of a discount at least; the fee is taken of it.
    private func suppliersPart(of discount: Int64) -> Int64 {
        guard !shares.allSatisfy(\.isSuppliers) else { return discount }
        return shares.reduce(0) { sum, share in
            if case .percent(let part) = share.kind, share.isSuppliers { sum + part.floor(of: discount) } else { sum }
        }
    }
}
