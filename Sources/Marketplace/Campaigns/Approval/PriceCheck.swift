import Kernel

/// Whether a campaign's reward is allowed at the recorded prices, and what the most for one unit is. Pure.
struct PriceCheck: Sendable {
    /// Of a unit: what `unitReward` made of it.
    let reward: Reward
    /// The least that anybody is given, where depths differ by shopper.
    var leastReward: Reward?
    /// A set costs this together; nil for what is no set at a price.
    var setPriceMinor: Int64?
    /// What the dearest pieces of a set may not be sold below together.
    var setMinimumMinor: Int64 = 0
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
        if let setPriceMinor, setPriceMinor < setMinimumMinor { return .notAllowedAtThisPrice }
        let least = leastReward ?? reward
        if !known.isEmpty, known.count == bases.count, known.allSatisfy({ least.discount(atBase: $0) == 0 }) {
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

extension PriceCheck {
    /// What a reward comes to for a unit: of one on several lines the percentage that it takes off all of them at the recorded
    /// prices, the deepest where a set has a choice. Nil where a price is not known that says it.
    static func unitReward(of reward: Reward, for products: [CandidateProduct], base: [Int32: Int64]) -> Reward? {
        guard let basket = reward.basket else { return reward }
        let prices = Dictionary(products.compactMap { product in base[product.ordinal].map { (product.id, $0) } }) { first, _ in
            first
        }
        return basket.depth(atPrices: prices).map { .percentOff($0) }
    }

    /// The same check of a set at a price: it is not sold below what its pieces may be.
    func ofSet(_ reward: Reward, _ products: [CandidateProduct]) -> PriceCheck {
        guard case .set(let set)? = reward.basket, case .price(let price) = set.gain else { return self }
        let ordinals = Dictionary(products.map { ($0.id, $0.ordinal) }) { first, _ in first }
        var check = self
        check.setPriceMinor = price
        check.setMinimumMinor = set.parts.reduce(0) { sum, part in
            sum + (part.products.compactMap { ordinals[$0].flatMap { minimum[$0] } }.max() ?? 0) * part.quantity
        }
        return check
    }
}

extension Reward {
    /// A percentage can be judged without a price, an amount or a fixed price cannot.
    fileprivate var needsPrice: Bool { if case .percentOff = self { false } else { true } }
}
