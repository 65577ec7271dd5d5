import Kernel

/// The forecast itself, a pure function (docs/campaigns.md has the formulas). Counts are expected values with a gamma's
/// uncertainty; money is integer units times integer discounts.
package struct ForecastModel: Sendable {
    /// How much the category's rate weighs against what the audience itself did: so many shoppers over the window, of those
    /// that were looked at.
    static let priorShoppers = 50.0
    /// What the past does not tell of the future: response, season, competitors. A coefficient of variation.
    static let unknownVariation = 0.35

    let input: ForecastInput
    let plan: ForecastPlan

    package init(_ input: ForecastInput, _ plan: ForecastPlan) {
        self.input = input
        self.plan = plan
    }

    package var forecast: Forecast {
        let shown = input.shoppers - plan.holdout.floor(of: input.shoppers)
        let expected = input.products.flatMap { product in
            let rate = rate(of: product) * Double(shown) * Double(plan.days)
            return product.given.map { given in
                rate * given.share * ResponseCurve.units(atDepth: given.depth, isPersonal: plan.isPersonal)
            }
        }
        let mean = expected.reduce(0, +)
        let units = Quantiles(of: distribution(mean: mean))
        let spread = ShopperRates(unitsPerShopper: unitsPerShopperBefore, penetration: penetrationBefore)
        let limited = units.map { within(limits: $0, shown, spread) }
        let uncapped = outcome(units, expected)
        let capped = capped(outcome(limited, expected))
        return Forecast(
            reach: reach(shown), redeemers: redeemers(capped.units, shown, spread), uncapped: uncapped, capped: capped,
            budgetEndsOn: budgetEnd(outcome(limited, expected)), byDepth: byDepth(units.p50, expected, shown),
            asset: plan.budget.asset)
    }

    /// Units for one shopper and day, before the response to a discount: the audience's own units, shrunk towards what its categories and
    /// the product's share of them at large would give (a gamma prior, `priorShoppers` strong).
    private func rate(of product: ForecastInput.Product) -> Double {
        let window = Double(max(input.windowDays, 1))
        let share = input.allCategoryUnits > 0 ? Double(product.allUnits) / Double(input.allCategoryUnits) : 0
        let categoryRate =
            input.shoppers > 0
            ? Double(input.audienceCategoryUnits) / Double(input.shoppers)
            : Double(input.allCategoryUnits) / Double(max(input.everybody, 1))
        let prior = share * categoryRate
        let priorShoppers = Self.priorShoppers * Double(input.weight)
        let shrunk = (Double(product.audienceUnits) + prior * priorShoppers) / (Double(input.shoppers) + priorShoppers)
        return shrunk / window
    }

    /// The squared variations of the two sources of doubt add up.
    private func distribution(mean: Double) -> CountDistribution {
        let seen = input.products.reduce(0.0) { $0 + Double($1.audienceUnits) } / Double(input.weight) + 1
        return CountDistribution(mean: mean, shape: 1 / (1 / seen + Self.unknownVariation * Self.unknownVariation))
    }

    private var unitsPerShopperBefore: Double {
        let units = input.products.reduce(0.0) { $0 + Double($1.audienceUnits) }
        return input.shoppers > 0 ? units / Double(input.shoppers) : 0
    }

    private var penetrationBefore: Double { input.shoppers > 0 ? Double(input.buyers) / Double(input.shoppers) : 0 }

    private func within(limits units: Int64, _ shown: Int64, _ spread: ShopperRates) -> Int64 {
        var units = units
        if let limit = plan.limits.unitsPerShopper(over: plan.days), shown > 0 {
            let kept = spread.share(within: limit, unitsPerShopper: Double(units) / Double(shown))
            units = min(units, Int64((Double(units) * kept).rounded()))
        }
        return min(units, plan.limits.units ?? units)
    }

    /// Units go to products by their expected parts, largest remainder first, so that money is a sum of whole units.
    private func outcome(_ units: Quantiles, _ expected: [Double]) -> Forecast.Outcome {
        let discounts = units.map { discount(of: $0, expected) }
        return Forecast.Outcome(units: units, discounts: discounts, fees: discounts.map(plan.fee.of))
    }

    private func discount(of units: Int64, _ expected: [Double]) -> Int64 {
        zip(whole(units, expected), given).reduce(0) { $0 + $1.0 * $1.1.discountPerUnit }
    }

    /// Of each product what is given to whom, one after the other.
    private var given: [ForecastInput.Given] { input.products.flatMap(\.given) }

    /// What each depth comes to; empty where there is one.
    private func byDepth(_ units: Int64, _ expected: [Double], _ shown: Int64) -> [Forecast.OfDepth] {
        guard let first = input.products.first, first.given.count > 1 else { return [] }
        let whole = Array(zip(whole(units, expected), given))
        return first.given.map { part in
            let own = whole.filter { $0.1.depth == part.depth }
            return Forecast.OfDepth(
                depth: part.depth, shoppers: Int64((Double(shown) * part.share).rounded()),
                units: own.reduce(0) { $0 + $1.0 }, discounts: own.reduce(0) { $0 + $1.0 * $1.1.discountPerUnit })
        }
    }

    private func whole(_ units: Int64, _ expected: [Double]) -> [Int64] {
        let total = expected.reduce(0, +)
        guard total > 0, units > 0 else { return expected.map { _ in 0 } }
        let ideal = expected.map { $0 / total * Double(units) }
        var whole = ideal.map { Int64($0) }
        let missing = Int(units - whole.reduce(0, +))
        let byRemainder = ideal.indices.sorted { left, right in
            let (a, b) = (ideal[left] - Double(whole[left]), ideal[right] - Double(whole[right]))
            return a != b ? a > b : left < right
        }
        for index in byRemainder.prefix(max(0, missing)) { whole[index] += 1 }
        return whole
    }

    private func capped(_ outcome: Forecast.Outcome) -> Forecast.Outcome {
        let most = plan.fee.largestDiscounts(within: plan.mostMinor)
        let discounts = outcome.discounts.map { min($0, most) }
        let units = Quantiles(
            p10: scaled(outcome.units.p10, discounts.p10, outcome.discounts.p10),
            p50: scaled(outcome.units.p50, discounts.p50, outcome.discounts.p50),
            p90: scaled(outcome.units.p90, discounts.p90, outcome.discounts.p90))
        return Forecast.Outcome(units: units, discounts: discounts, fees: discounts.map(plan.fee.of))
    }

    private func scaled(_ units: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        whole > 0 ? Int64(Int128(units) * Int128(part) / Int128(whole)) : units
    }

    private func budgetEnd(_ outcome: Forecast.Outcome) -> BusinessDay? {
        let cost = outcome.discounts.p50 + outcome.fees.p50
        guard cost > plan.budget.minor, plan.mostMinor >= plan.budget.minor, !plan.isEven else { return nil }
        return plan.firstDay.adding(days: Int32(Int128(plan.budget.minor) * Int128(plan.days) / Int128(cost)))
    }

    /// Those of the shown who come at all while it runs, as many of them as came before.
    private func reach(_ shown: Int64) -> Quantiles {
        guard input.shoppers > 0 else { return Quantiles(p10: 0, p50: 0, p90: 0) }
        let share = min(1, Double(input.visitors) / Double(input.shoppers))
        let (mean, deviation) = (Double(shown) * share, (Double(shown) * share * (1 - share)).squareRoot())
        let z = 1.2816
        let bounded = { (value: Double) in Int64(min(Double(shown), max(0, value)).rounded()) }
        return Quantiles(p10: bounded(mean - z * deviation), p50: bounded(mean), p90: bounded(mean + z * deviation))
    }

    private func redeemers(_ units: Quantiles, _ shown: Int64, _ spread: ShopperRates) -> Quantiles {
        guard shown > 0 else { return Quantiles(p10: 0, p50: 0, p90: 0) }
        return units.map { units in
            let share = spread.penetration(unitsPerShopper: Double(units) / Double(shown))
            return min(units, Int64((share * Double(shown)).rounded()))
        }
    }
}

extension CampaignLimits {
    /// The most units for one shopper over so many days; nil where nothing bounds them.
    package func unitsPerShopper(over days: Int32) -> Int64? {
        let weeks = Int64((days + 6) / 7)
        return [unitsPerShopper, unitsPerShopperWeek.map { $0 * weeks }, unitsPerShopperDay.map { $0 * Int64(days) }]
            .compactMap { $0 }.min()
    }
}
