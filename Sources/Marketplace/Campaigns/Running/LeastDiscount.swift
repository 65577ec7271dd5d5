import Kernel

extension Reward {
    /// The least that a piece, or what goes together, is discounted by, by the recorded prices; 0 where they are not known.
    func leastDiscountMinor(on products: some Collection<CampaignProductTerms>) -> Int64 {
        if let together = basket { return leastTogether(together, of: products) }
        let discounts = products.compactMap { terms in
            terms.recordedBaseMinor.map { min(discount(atBase: $0), terms.discountMaxPerUnitMinor) }
        }
        return discounts.count == products.count ? discounts.min() ?? 0 : 0
    }

    /// What the cheapest pieces that go together are discounted by; 0 where a price is not known.
    private func leastTogether(_ together: BasketReward, of products: some Collection<CampaignProductTerms>) -> Int64 {
        let byPart = Dictionary(grouping: products, by: \.part)
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
}
