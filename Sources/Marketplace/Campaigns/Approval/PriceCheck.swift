import Kernel

/// Whether a campaign's reward is allowed at the recorded prices, and what the most for one unit is. Pure.
struct PriceCheck: Sendable {
    let reward: Reward
    /// The author's bound for each unit; nil: the discount at the recorded price and 10 %.
    let discountMax: Int64?
    let depthMax: BasisPoints?
    let base: [Int32: Int64]
    let minimum: [Int32: Int64]

    /// The first reason against it. `notAllowedAtThisPrice` is said of the whole set, never of a product: a supplier would
    /// else find the bound by trying (DOMAIN 2).
    func fault(of products: [Int32]) -> SubmitCampaign.Refusal? {
        if case .percentOff(let share) = reward, let depthMax, share > depthMax { return .tooDeep }
        let bases = products.map { base[$0] }
        if discountMax == nil || reward.needsPrice, bases.contains(where: { $0 == nil }) { return .priceUnknown }
        let known = bases.compactMap { $0 }
        if let depthMax, known.contains(where: { reward.depth(atBase: $0) > depthMax }) { return .tooDeep }
        if case .fixedPrice(let price) = reward, products.contains(where: { price < minimum[$0] ?? 0 }) {
            return .notAllowedAtThisPrice
        }
        if !known.isEmpty, known.count == bases.count, known.allSatisfy({ reward.discount(atBase: $0) == 0 }) {
            return .noBenefit
        }
        return nil
    }

    func terms(of product: Int32) -> CampaignProductTerms {
        let recorded = base[product]
        return CampaignProductTerms(
            recordedBaseMinor: recorded,
            discountMaxPerUnitMinor: discountMax ?? recorded.map { reward.defaultDiscountMax(atBase: $0) } ?? 0)
    }
}

extension Reward {
    /// A percentage can be judged without a price, an amount or a fixed price cannot.
    fileprivate var needsPrice: Bool { if case .percentOff = self { false } else { true } }
}
