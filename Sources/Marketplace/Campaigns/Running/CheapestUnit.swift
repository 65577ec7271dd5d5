import Kernel

extension RunningCampaign {
    /// The least that a unit may cost the budget, by the recorded prices, with its fee: what does not pay for it pays for
    /// nothing. At least 1 minor unit.
    package var cheapestUnitMinor: Int64 {
        let discounts = products.values.compactMap { terms in
            terms.recordedBaseMinor.map { min(reward.discount(atBase: $0), terms.discountMaxPerUnitMinor) }
        }
        guard discounts.count == products.count, let least = discounts.min(), least > 0 else { return 1 }
        return least + fee.floor(of: suppliersPart(of: least))
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
