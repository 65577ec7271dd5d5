import Campaigns
import Kernel
import Ledger
import TestSupport
import Testing

@Suite struct ForecastTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `quantiles never fall, caps hold, and money is within the budget`(seed: UInt64) {
        var draws = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let (input, plan) = (randomInput(&draws), randomPlan(&draws))
            let forecast = ForecastModel(input, plan).forecast
            for quantiles in [
                forecast.reach, forecast.redeemers, forecast.uncapped.units, forecast.uncapped.discounts,
                forecast.uncapped.fees, forecast.capped.units, forecast.capped.discounts, forecast.capped.fees,
            ] {
                #expect(0 <= quantiles.p10 && quantiles.p10 <= quantiles.p50 && quantiles.p50 <= quantiles.p90, "seed \(seed)")
            }
            #expect(forecast.capped.discounts.p90 + forecast.capped.fees.p90 <= plan.budget.minor, "seed \(seed)")
            #expect(forecast.capped.discounts.p90 <= forecast.uncapped.discounts.p90, "seed \(seed)")
            #expect(forecast.capped.units.p90 <= plan.limits.units ?? .max, "seed \(seed)")
            #expect(forecast.reach.p90 <= input.shoppers, "seed \(seed)")
            #expect(forecast.redeemers.p90 <= forecast.capped.units.p90, "seed \(seed)")
            guard !forecast.byDepth.isEmpty else { continue }
            #expect(forecast.byDepth.reduce(0) { $0 + $1.units } == forecast.uncapped.units.p50, "seed \(seed)")
            #expect(forecast.byDepth.reduce(0) { $0 + $1.discounts } == forecast.uncapped.discounts.p50, "seed \(seed)")
        }
    }

    @Test func `nothing known and nothing asked is zero, not a fault`() {
        let input = ForecastInput(
            products: [], shoppers: 0, visitors: 0, buyers: 0, everybody: 0, audienceCategoryUnits: 0, allCategoryUnits: 0,
            windowDays: 90)
        let forecast = ForecastModel(input, plan()).forecast
        #expect((forecast.reach.p90, forecast.redeemers.p90, forecast.uncapped.units.p90) == (0, 0, 0))
        #expect(forecast.budgetEndsOn == nil)
    }

    @Test func `an audience that never bought the product is judged by its category, shrunk`() {
        let lookers = ForecastModel(input(audienceUnits: 0, audienceCategoryUnits: 900), plan()).forecast
        let strangers = ForecastModel(input(audienceUnits: 0, audienceCategoryUnits: 0), plan()).forecast
        #expect(lookers.uncapped.units.p50 > 0)
        #expect(strangers.uncapped.units.p90 == 0)
    }

    @Test func `a deeper discount sells more, and an offer in an app less than one on the shelf`() {
        let depths: [Int32] = [0, 499, 500, 1_000, 2_000, 3_000, 4_000, 6_000]
        let shelf = depths.map { ResponseCurve.units(atDepth: BasisPoints(stored: $0), isPersonal: false) }
        let personal = depths.map { ResponseCurve.units(atDepth: BasisPoints(stored: $0), isPersonal: true) }
        #expect(shelf == [1, 1.5, 1.9, 3.1, 4.7, 6.1, 10, 10])
        #expect(zip(personal, [1, 1.25, 1.45, 2.05, 2.85, 3.55, 5.5, 5.5]).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test func `a budget that does not last ends on a day of the campaign`() {
        let small = ForecastModel(input(audienceUnits: 9_000, audienceCategoryUnits: 9_000), plan(budget: 100_000)).forecast
        let large = ForecastModel(input(audienceUnits: 9_000, audienceCategoryUnits: 9_000), plan(budget: 1_000_000_000))
            .forecast
        let day = small.budgetEndsOn
        #expect(day.map { $0 >= plan().firstDay && $0 < plan().firstDay.adding(days: plan().days) } == true)
        #expect(large.budgetEndsOn == nil)
        #expect(large.capped == large.uncapped)
    }

    @Test func `a limit for each shopper takes from the few who buy much`() {
        let free = ForecastModel(input(audienceUnits: 9_000, audienceCategoryUnits: 9_000), plan()).forecast
        let one = ForecastModel(
            input(audienceUnits: 9_000, audienceCategoryUnits: 9_000), plan(limits: CampaignLimits(unitsPerShopper: 1))
        ).forecast
        #expect(one.capped.units.p50 < free.capped.units.p50)
        #expect(one.capped.units.p50 > 0)
        #expect(one.uncapped == free.uncapped)
    }

    @Test func `a count's quantiles lie where the negative binomial has them`() {
        // Summed apart, from the probabilities by the gamma function.
        let small = CountDistribution(mean: 20, shape: 5)
        #expect([0.1, 0.5, 0.9].map { small.quantile($0) } == [9, 19, 33])
        let large = CountDistribution(mean: 1_000, shape: 8)
        for (p, expected) in [(0.1, 580.0), (0.5, 958), (0.9, 1_473)] {
            #expect(abs(Double(large.quantile(p)) - expected) / expected < 0.02)
        }
        #expect(CountDistribution(mean: 0, shape: 1).quantile(0.9) == 0)
    }

    @Test(arguments: [0, 1, 99, 100, 105, 1_000_000_007] as [Int64], [0, 1, 500, 3_333, 10_000] as [Int32])
    func `the largest discount uses the budget up with its fee`(budget: Int64, fee: Int32) {
        for share in [0, 1, 2_500, 9_999, 10_000] as [Int32] {
            let fee = ForecastFee(rate: BasisPoints(stored: fee), supplierShare: BasisPoints(stored: share))
            let discount = fee.largestDiscounts(within: budget)
            #expect(discount + fee.of(discount) <= budget, "share \(share)")
            #expect(discount + 1 + fee.of(discount + 1) > budget, "share \(share)")
        }
    }

    @Test func `a fee is forecast on the supplier's part of a shared discount alone`() {
        let (supplier, retailer) = (WalletID(Identifier(high: 1, low: 1)), WalletID(Identifier(high: 2, low: 2)))
        let halves = FundingPlan(parts: [
            .init(wallet: supplier, kind: .percent(BasisPoints(stored: 5_000))),
            .init(wallet: retailer, kind: .percent(BasisPoints(stored: 5_000))),
        ])
        let own = [true, false]
        let rate = BasisPoints(stored: 1_000)
        #expect(ForecastFee(rate: rate, supplierShare: halves.supplierShare(suppliersOwn: own)).of(10_000) == 500)
        #expect(ForecastFee(rate: rate, supplierShare: halves.supplierShare(suppliersOwn: [false, false])).of(10_000) == 0)
        #expect(ForecastFee(rate: rate, supplierShare: halves.supplierShare(suppliersOwn: [true, true])).of(10_000) == 1_000)
    }

    private func input(audienceUnits: Int64, audienceCategoryUnits: Int64) -> ForecastInput {
        ForecastInput(
            products: [
                .init(
                    ordinal: 1, audienceUnits: audienceUnits, allUnits: 20_000, discountPerUnit: 1_500,
                    depth: BasisPoints(stored: 1_500))
            ], shoppers: 1_000, visitors: 700, buyers: min(audienceUnits, 600), everybody: 10_000,
            audienceCategoryUnits: audienceCategoryUnits, allCategoryUnits: 100_000, windowDays: 90)
    }

    @Test func `a forecast promises no more than the pace lets through, and an even pace lasts`() {
        let seen = input(audienceUnits: 9_000, audienceCategoryUnits: 30_000)
        let free = ForecastModel(seen, plan(budget: 100_000)).forecast
        let pacing = Pacing(perDayMinor: 10_000, perStoreDayMinor: 4_000)
        let paced = ForecastModel(seen, plan(budget: 100_000, pacing: pacing, stores: 2)).forecast
        let even = ForecastModel(seen, plan(budget: 100_000, pacing: Pacing(isEven: true), stores: 2)).forecast

        #expect(free.budgetEndsOn != nil)
        #expect(paced.capped.discounts.p90 + paced.capped.fees.p90 <= 56_000)
        #expect(paced.capped.discounts.p50 > 50_000 && paced.budgetEndsOn == nil)
        #expect(even.capped == free.capped && even.budgetEndsOn == nil)
        #expect(Pacing(perStoreMinor: .max).spendMax(days: 366, stores: 100_000) == .max)
    }

    private func plan(
        budget: Int64 = 10_000_000, limits: CampaignLimits = CampaignLimits(), pacing: Pacing? = nil, stores: Int = 1
    ) -> ForecastPlan {
        ForecastPlan(
            firstDay: BusinessDay("2026-03-09")!, days: 7, budget: Money(minor: budget, asset: Asset(stored: "RUB")),
            fee: ForecastFee(rate: BasisPoints(stored: 500), supplierShare: BasisPoints(stored: 10_000)),
            holdout: BasisPoints(stored: 1_000), limits: limits, isPersonal: true,
            spendMaxMinor: pacing?.spendMax(days: 7, stores: stores), isEven: pacing?.isEven ?? false)
    }

    private func randomInput(_ draws: inout SeededGenerator) -> ForecastInput {
        let shoppers = Int64.random(in: 0...100_000, using: &draws)
        // One depth for all, or two or three for parts of the audience.
        let most = Double.random(in: 0...1, using: &draws)
        let splits: [[Double]] = [[1], [most, 1 - most], [most, (1 - most) / 2, (1 - most) / 2]]
        let shares = splits[Int.random(in: 0...2, using: &draws)]
        let products = (0..<Int.random(in: 0...6, using: &draws)).map { index in
            let all = Int64.random(in: 0...200_000, using: &draws)
            return ForecastInput.Product(
                ordinal: Int32(index), audienceUnits: shoppers == 0 ? 0 : Int64.random(in: 0...all, using: &draws),
                allUnits: all,
                given: shares.enumerated().map { place, share in
                    ForecastInput.Given(
                        share: share, discountPerUnit: Int64.random(in: 0...50_000, using: &draws),
                        depth: BasisPoints(stored: 3_000 * Int32(place + 1)))
                })
        }
        let audience = products.reduce(0) { $0 + $1.audienceUnits }
        let all = products.reduce(0) { $0 + $1.allUnits }
        return ForecastInput(
            products: products, shoppers: shoppers, visitors: Int64.random(in: 0...shoppers, using: &draws),
            buyers: Int64.random(in: 0...min(shoppers, audience), using: &draws), everybody: shoppers * 3,
            audienceCategoryUnits: audience * 2, allCategoryUnits: all * 3, windowDays: 90)
    }

    private func randomPlan(_ draws: inout SeededGenerator) -> ForecastPlan {
        ForecastPlan(
            firstDay: BusinessDay("2026-03-09")!, days: Int32.random(in: 1...60, using: &draws),
            budget: Money(minor: Int64.random(in: 0...100_000_000, using: &draws), asset: Asset(stored: "RUB")),
            fee: ForecastFee(
                rate: BasisPoints(stored: Int32.random(in: 0...3_000, using: &draws)),
                supplierShare: BasisPoints(stored: Int32.random(in: 0...10_000, using: &draws))),
            holdout: BasisPoints(stored: Int32.random(in: 0...5_000, using: &draws)),
            limits: CampaignLimits(
                unitsPerShopper: maybe(1...50, &draws), unitsPerShopperDay: maybe(1...5, &draws),
                units: maybe(1...5_000, &draws)),
            isPersonal: Bool.random(using: &draws))
    }

    private func maybe(_ range: ClosedRange<Int64>, _ draws: inout SeededGenerator) -> Int64? {
        Bool.random(using: &draws) ? Int64.random(in: range, using: &draws) : nil
    }
}
