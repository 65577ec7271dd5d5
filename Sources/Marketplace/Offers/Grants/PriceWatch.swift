import Campaigns
import Catalogue
import Kernel
import Parties
import Postgres
import Synchronization

/// When the prices behind a retailer's promises were looked at last on this node. Prices change seldom, and the till's price
/// wins in any case: once a minute is often enough.
final class PriceWatch: Sendable {
    static let secondsBetween: Int64 = 60

    private let looks = Mutex<[RetailerID: Instant]>([:])

    /// True where it is time; the next look is later then. A clock that was set back counts as a new one.
    func isDue(_ retailer: RetailerID, at now: Instant) -> Bool {
        looks.withLock { looks in
            let last = looks[retailer]
            if let last, last <= now, now < last.adding(seconds: Self.secondsBetween) { return false }
            looks[retailer] = now
            return true
        }
    }
}

extension Transaction {
    /// Campaigns at a fixed price of whose products none gets cheaper by it any more, in any of their stores: what they promised
    /// is not true. A percentage or an amount stays true at any price. Where the catalogue knows no price, the till does.
    func untruePromises(
        of campaigns: [RunningCampaign], _ policy: Policy, on day: BusinessDay, at retailer: RetailerID
    ) throws -> Set<CampaignID> {
        let priced = campaigns.filter { if case .fixedPrice = $0.reward { !$0.products.isEmpty } else { false } }
        guard !priced.isEmpty else { return [] }
        let stores = try pricedStores(of: Set(priced.flatMap(\.products.keys)).sorted(), on: day, at: retailer)
        return try Set(
            priced.filter { campaign in
                let own = stores.filter { campaign.stores?.contains($0) ?? true }
                guard !own.isEmpty else { return false }
                return try own.allSatisfy { store in
                    try candidates(of: [campaign], inStore: store, without: [], policy, on: day, at: retailer).isEmpty
                }
            }.map(\.id))
    }

    /// Open stores that stand for all as to the prices of these products: each that has one of its own, and of each price zone
    /// every other store, of which the first by number is asked.
    private func pricedStores(of products: [Int32], on day: BusinessDay, at retailer: RetailerID) throws -> [Int32] {
        try query(
            """
            WITH open AS (
                SELECT store.ordinal, store.price_zone_id, EXISTS (
                    SELECT FROM price
                    JOIN product ON product.retailer_id = \(retailer) AND product.product_id = price.product_id
                    WHERE price.retailer_id = \(retailer) AND price.place_kind = 'store' AND price.place_id = store.store_id
                        AND product.ordinal = ANY (\(products))
                ) AS has_own
                FROM store
                WHERE store.retailer_id = \(retailer) AND (store.closed_on IS NULL OR store.closed_on > \(day))
            )
            SELECT ordinal FROM open WHERE has_own
            UNION ALL
            SELECT min(ordinal) FROM open WHERE NOT has_own GROUP BY price_zone_id
            """, { row in try row.next() })
    }
}
