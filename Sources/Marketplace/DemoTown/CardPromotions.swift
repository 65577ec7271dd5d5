import Kernel

/// The retailer's own promotions: in each week (Monday to Sunday) some products are cheaper for card holders, in all
/// stores. They are drawn so that, after shoppers respond, the discounted lines have the panel's depths and share.
struct CardPromotions {
    private let seed: UInt64
    private let depths = Quantiles(PanelFigures.cardDepth)
    private let response: PriceResponse
    /// The chance of a promotion before it is thinned by the response to its depth.
    private let chance: Double
    /// A card holder's lines and spend in an average week, for one line or rouble of a week without promotions.
    let linesFactor: Double
    let spendFactor: Double

    init(seed: UInt64, response: PriceResponse) {
        self.seed = seed
        self.response = response
        let lines = { (depth: Double) in response.lines(atDepthBp: Int(depth * 10_000)) }
        let thinned = depths.mean { 1 / lines($0) }
        let share = PanelFigures.cardDiscountShareOfLines
        // A depth of density g is promoted with chance c g / lines and then takes c g of lines, so the discounted share
        // is c / (c + 1 - c thinned).
        chance = share / (1 - share + share * thinned)
        let normal = 1 - chance * thinned
        linesFactor = normal + chance
        spendFactor = normal + chance * PriceResponse.stockingUp * depths.mean { 1 - $0 }
    }

    /// What a card holder pays for a piece or kilogram in the week that begins on `monday`, in minor units with the last
    /// digit 0; the regular price where there is no promotion.
    func cardPriceMinor(of product: TownProduct, inWeekOf monday: BusinessDay) -> Int64 {
        let week = UInt64(truncatingIfNeeded: Int64(monday.daysSince1970))
        var draws = Draws(seed: seed, .promotion, week, UInt64(product.index))
        guard draws.unit() < chance else { return product.regularPriceMinor }
        let depthBp = Int32(depths.value(at: draws.next()) * 10_000)
        guard draws.unit() * response.lines(atDepthBp: Int(depthBp)) < 1 else { return product.regularPriceMinor }
        let price = product.regularPriceMinor - BasisPoints(stored: depthBp).halfUp(of: product.regularPriceMinor)
        return (price + 5) / 10 * 10
    }
}
