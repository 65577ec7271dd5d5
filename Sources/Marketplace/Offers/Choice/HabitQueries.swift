import Bitmaps
import Kernel
import Postgres
import Profiles

extension Transaction {
    /// So many shoppers are read at once, so that no answer is as large as the retailer.
    static var habitsOfRead: Int { 4_096 }

    /// Goes through shoppers, by rising keys, with what each bought and redeemed in the year that ends with `asOf`. Indexes:
    /// `receipt_by_shopper`, `redemption_by_shopper`.
    func eachHabit(
        of keys: [UInt32], _ selection: ShopperSelection, _ habits: inout BuyingHabits, asOf: BusinessDay,
        at retailer: RetailerID, _ body: (UInt32, borrowing BuyingHabits, RedeemedOffers) -> Void
    ) throws {
        let redeemed = try redeemedOffers(of: selection, asOf: asOf, at: retailer)
        var next = 0
        func finish(_ habits: inout BuyingHabits) {
            body(keys[next], habits, redeemed[keys[next]] ?? RedeemedOffers())
            habits.clear()
            next += 1
        }
        try eachReceipt(of: selection, asOf: asOf, at: retailer) { receipt in
            while next < keys.count, keys[next] < receipt.shopper { finish(&habits) }
            if next < keys.count, keys[next] == receipt.shopper { habits.add(receipt) }
        }
        while next < keys.count { finish(&habits) }
    }

    private func eachReceipt(
        of shoppers: ShopperSelection, asOf: BusinessDay, at retailer: RetailerID, _ body: (RankedReceipt) -> Void
    ) throws {
        let priced = asOf.adding(days: 1 - RankedReceipt.pricedDays)
        _ = try query(
            """
            SELECT shopper_key, business_day, COALESCE(total, 0), product_ordinal,
                CASE WHEN business_day >= \(priced) THEN regular_amount END,
                CASE WHEN business_day >= \(priced) THEN base_amount END,
                CASE WHEN business_day >= \(priced) THEN paid_amount END
            FROM receipt
            WHERE retailer_id = \(retailer) AND business_day BETWEEN \(asOf.adding(days: -364)) AND \(asOf)
                AND \(fragment: shoppers.holds("shopper_key")) AND shopper_key IS NOT NULL
                AND kind = 'sale' AND voided_at IS NULL AND NOT is_clock_suspect
            ORDER BY shopper_key
            """, { row in body(try RankedReceipt(row: &row)) })
    }

    private func redeemedOffers(
        of shoppers: ShopperSelection, asOf: BusinessDay, at retailer: RetailerID
    ) throws -> [UInt32: RedeemedOffers] {
        var redeemed: [UInt32: RedeemedOffers] = [:]
        _ = try query(
            """
            SELECT shopper_key, count(*), campaign_id, product_ordinal, max(business_day)
            FROM redemption
            WHERE retailer_id = \(retailer) AND business_day BETWEEN \(asOf.adding(days: -364)) AND \(asOf)
                AND \(fragment: shoppers.holds("shopper_key")) AND shopper_key IS NOT NULL AND funded_amount > 0
            GROUP BY shopper_key, campaign_id, product_ordinal
            """
        ) { row in
            let (shopper, count) = (UInt32(try row.next(Int64.self)), Int32(clamping: try row.next(Int64.self)))
            redeemed[shopper, default: RedeemedOffers()].add(
                count, of: try row.next(), for: try row.next(), lastOn: try row.next())
        }
        return redeemed
    }

    /// How many campaigns were promised to each shopper in periods that ended in the half year before a day, by key: one byte
    /// each, whatever the number of campaigns.
    func campaignsSeen(before day: BusinessDay, among keys: KeySet?, at retailer: RetailerID) throws -> CampaignsSeen {
        let campaigns = try query(
            """
            SELECT DISTINCT campaign_id
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on BETWEEN \(day.adding(days: -CampaignsSeen.days)) AND \(day.adding(days: -1))
            """, { row in try row.next(Identifier.self) })
        var seen = CampaignsSeen()
        for campaign in campaigns {
            var shown = KeySet()
            _ = try query(
                """
                SELECT members
                FROM offer_grant
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
                    AND period_ends_on BETWEEN \(day.adding(days: -CampaignsSeen.days)) AND \(day.adding(days: -1))
                """, { row in shown.formUnion(try KeySet(portable: try row.next(Bytes.self).array)) })
            if let keys { shown.formIntersection(keys) }
            seen.add(shown)
        }
        return seen
    }
}

extension RankedReceipt {
    fileprivate init(row: inout Row) throws {
        shopper = UInt32(try row.next(Int64.self))
        day = try row.next()
        spendMinor = try row.next()
        products = try row.next()
        let regular = try row.nextOptional(NullableArray<Int64>.self)?.elements
        let base = try row.nextOptional(NullableArray<Int64>.self)?.elements
        let paid = try row.nextOptional(NullableArray<Int64>.self)?.elements
        (pricedLines, couponLines, discountLines) = (0, 0, 0)
        guard let regular, let base, let paid else { return }
        for (line, amount) in paid.enumerated() {
            guard let amount else { continue }
            pricedLines += 1
            if let base = base[line], amount < base { couponLines += 1 }
            if let regular = regular[line], amount < regular { discountLines += 1 }
        }
    }
}

/// A count for each shopper of the campaigns that were promised earlier.
struct CampaignsSeen: Sendable {
    static let days: Int32 = 182

    private var counts: [UInt8] = []

    mutating func add(_ shown: KeySet) {
        for key in shown.sorted {
            if Int(key) >= counts.count { counts += repeatElement(0, count: Int(key) + 1 - counts.count + counts.count / 4) }
            if counts[Int(key)] < .max { counts[Int(key)] += 1 }
        }
    }

    subscript(key: UInt32) -> Int32 { Int(key) < counts.count ? Int32(counts[Int(key)]) : 0 }
}
