import EventLog
package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Makes the flags of the shoppers what the items say; an unknown id becomes a new shopper. Two ids of one shopper in
    /// one batch: the later item holds.
    package func upsert(_ shoppers: [Shopper], of retailer: RetailerID, at now: Instant) throws -> BatchOutcome {
        var batch = Batch(shoppers)
        guard !batch.items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.shopper, of: retailer)
        let made = Set(try insertShoppers(Set(shoppers.map(\.id)).sorted(), of: retailer, at: now))
        let keys = try shopperKeys(for: shoppers.map(\.id), of: retailer, creating: false, at: now)
        batch.keepLast { keys[$0.id] ?? 0 }
        let items = batch.items
        let changed = Set(
            try writeFlags(of: items.compactMap { item in keys[item.id].map { ($0, item.flags) } }, at: retailer, since: now))
        let created = items.count { made.contains($0.id) }
        let changedOld = items.count { !made.contains($0.id) && keys[$0.id].map(changed.contains) ?? false }
        return batch.finished(created: created, changed: changedOld)
    }

    /// The keys of those whose flags differed.
    func writeFlags(
        of shoppers: [(key: ShopperKey, flags: ShopperFlags)], at retailer: RetailerID, since now: Instant
    ) throws -> [ShopperKey] {
        try query(
            """
            WITH changed AS (
                UPDATE shopper
                SET kind = given.kind, personal_offers = given.personal_offers, push = given.push, adult = given.adult,
                    flags_changed_at = \(now)
                FROM unnest(
                    \(shoppers.map(\.key)), \(shoppers.map(\.flags.kind)), \(shoppers.map(\.flags.personalOffers)),
                    \(shoppers.map(\.flags.push)), \(shoppers.map(\.flags.adult))
                ) AS given (shopper_key, kind, personal_offers, push, adult)
                WHERE shopper.retailer_id = \(retailer) AND shopper.shopper_key = given.shopper_key
                    AND (shopper.kind, shopper.personal_offers, shopper.push, shopper.adult)
                        IS DISTINCT FROM (given.kind, given.personal_offers, given.push, given.adult)
                RETURNING shopper.shopper_key
            ), \(fragment: .noted(.people, of: retailer, keys: "SELECT shopper_key FROM changed"))
            SELECT shopper_key FROM changed
            """
        ) { row in try row.next() }
    }
}
