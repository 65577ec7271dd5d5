package import Kernel
package import Parties
package import Postgres

/// What a shopper is held against: a fixed sample of the retailer's shoppers as a day closed (DOMAIN 12).
package struct PromotionBase: Sendable {
    /// So many shoppers are read at once, so that no answer is as large as the retailer.
    package static let shoppersOfRead = 4_096

    package let ways: PromotionWays
    package let alike: AlikeShoppers
    /// What those bring who bought something in the window, rising.
    private let worths: [Int64]
    /// Whether what somebody brings is their margin: at least half of the sample's lines have a cost. Else it is what they paid at
    /// full price.
    private let isByMargin: Bool

    package init(_ ways: PromotionWays, alike: AlikeShoppers, _ worths: SampledWorths) {
        (self.ways, self.alike, isByMargin) = (ways, alike, worths.isByMargin)
        self.worths = worths.sorted
    }

    private func worth(_ habits: borrowing PromotionHabits) -> Int64 {
        isByMargin ? habits.marginMinor : habits.fullPriceMinor
    }

    /// The sample's shoppers who bought something in the window.
    package var shopperCount: Int { worths.count }

    /// Those of two rules that are true of a shopper whatever is sold.
    package func holds(_ habits: borrowing PromotionHabits) -> Set<DepthRule> {
        var holds: Set<DepthRule> = []
        if isDeepPromotionBuyer(habits) { holds.insert(.deepPromotionBuyer) }
        if isSmallDiscountBuyer(habits) { holds.insert(.smallDiscountBuyer) }
        return holds
    }

    private func isDeepPromotionBuyer(_ habits: borrowing PromotionHabits) -> Bool {
        let rule = ways.rules.deepPromotion
        guard habits.receipts >= rule.receiptsMin, habits.spendMinor > 0,
            Int128(habits.deepMinor) * 10_000 >= Int128(habits.spendMinor) * Int128(rule.spendShare.value)
        else { return false }
        return placeBP(of: worth(habits)) < rule.lowest.value
    }

    private func isSmallDiscountBuyer(_ habits: borrowing PromotionHabits) -> Bool {
        guard habits.discountedLines > 0 else { return false }
        return habits.smallLines * 10_000 >= habits.discountedLines * Int64(ways.rules.smallDiscount.lineShare.value)
    }

    /// Whether a shopper buys nothing of some categories and most of those do who buy alike. Who bought nothing at all misses
    /// nothing. `buy`: of each of the sample whether they buy of them.
    package func misses(
        _ categories: Set<Int32>, _ habits: borrowing PromotionHabits, key: UInt32, buy: [Bool],
        _ search: inout AlikeShoppers.Search
    ) -> Bool {
        guard habits.lines > 0, !categories.isEmpty else { return false }
        for category in categories where habits.lines(of: category) > 0 { return false }
        let rule = ways.rules.missingCategory
        let (count, among) = alike.nearest(Int(rule.neighbours), to: habits, besides: key, that: buy, &search)
        return among > 0 && count * 10_000 >= among * Int(rule.neighbourShare.value)
    }

    /// Which part of the sample brings less, in basis points.
    private func placeBP(of worth: Int64) -> Int32 {
        guard !worths.isEmpty else { return 0 }
        var (low, high) = (0, worths.count)
        while low < high {
            let middle = (low + high) / 2
            if worths[middle] < worth { low = middle + 1 } else { high = middle }
        }
        return Int32(low * 10_000 / worths.count)
    }
}

/// What the shoppers of a sample bring, in both measures.
package struct SampledWorths: Sendable {
    private var (margins, fullPrices): ([Int64], [Int64]) = ([], [])
    private var (priced, costed): (Int64, Int64) = (0, 0)

    package init() {}

    /// Who bought nothing in the window is none of them.
    package mutating func add(_ habits: borrowing PromotionHabits) {
        guard habits.receipts > 0 else { return }
        margins.append(habits.marginMinor)
        fullPrices.append(habits.fullPriceMinor)
        priced += habits.pricedLines
        costed += habits.costedLines
    }

    package var isByMargin: Bool { costed > 0 && costed * 2 >= priced }

    var sorted: [Int64] { (isByMargin ? margins : fullPrices).sorted() }
}

extension Transaction {
    /// As a day closed. `sample`: only those of it are looked at, as if nobody else were there. `knowsCosts`: false for whatever a
    /// supplier hears of.
    package func promotionBase(
        of retailer: RetailerID, asOf: BusinessDay, windowDays: Int32, by rules: DepthRules, sample: ShopperSample? = nil,
        knowsCosts: Bool = true
    ) throws -> PromotionBase {
        let products = try query(
            "SELECT ordinal, category_id FROM product WHERE retailer_id = \(retailer) AND category_id IS NOT NULL",
            { row in (ordinal: try row.next(Int32.self), category: try row.next(ExternalID.self)) })
        let ways = PromotionWays(
            retailer, asOf: asOf, windowDays: windowDays, rules: rules,
            costs: knowsCosts ? try saleCosts(of: retailer) : .untold, products: products)
        var (alike, worths) = (AlikeShoppers.Draft(categoryCount: ways.categoryCount), SampledWorths())
        var habits = PromotionHabits(ways)
        try eachPromotionHabit(of: try promotionSample(of: retailer, sample), &habits, ways) { key, habits in
            alike.add(key, habits)
            worths.add(habits)
        }
        return PromotionBase(ways, alike: alike.sample, worths)
    }

    /// The keys of the fixed sample, rising: of those whom audiences are about (DOMAIN 9), persons who have not said no.
    package func promotionSample(of retailer: RetailerID, _ sample: ShopperSample? = nil) throws -> [UInt32] {
        let keys = try sampledKeys(of: retailer, sample).map(Int64.init)
        return try query(
            """
            SELECT shopper.shopper_key
            FROM shopper
            JOIN policy ON policy.retailer_id = \(retailer)
            WHERE shopper.retailer_id = \(retailer) AND shopper.shopper_key = ANY (\(keys)) AND shopper.kind = 'person'
                AND shopper.erased_at IS NULL AND shopper.merged_into IS NULL
                AND COALESCE(shopper.personal_offers, policy.personal_offers_default)
            ORDER BY shopper.shopper_key
            """, { row in UInt32(try row.next(Int64.self)) })
    }

    /// How many shoppers each of the fixed sample stands for.
    package func shoppersForEach(of retailer: RetailerID) throws -> Int64 {
        FixedSample.shoppersForEach(upTo: try greatestKey(of: retailer))
    }

    private func greatestKey(of retailer: RetailerID) throws -> Int64 {
        try one(
            "SELECT COALESCE(max(shopper_key), 0) FROM shopper WHERE retailer_id = \(retailer)",
            { row in try row.next(Int64.self) })
    }

    private func sampledKeys(of retailer: RetailerID, _ sample: ShopperSample?) throws -> [UInt32] {
        let keyMax = try greatestKey(of: retailer)
        guard let sample else { return FixedSample.keys(upTo: keyMax) }
        let step = max(1, keyMax / (FixedSample.shoppersMin * Int64(sample.oneIn)))
        return stride(from: 1, through: max(1, keyMax), by: Int(step)).filter(sample.contains).map { UInt32($0) }
    }
}
