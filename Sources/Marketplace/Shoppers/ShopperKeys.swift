package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// The keys of the retailer's ids. Those that nobody knows get a shopper each where `creating`, else they are left out.
    /// Takes no lock where all are known; racing transactions give each id one key. Index: the primary key.
    package func shopperKeys(
        for ids: [ExternalID], of retailer: RetailerID, creating: Bool, at now: Instant
    ) throws -> [ExternalID: ShopperKey] {
        var keys = try knownKeys(of: ids, at: retailer)
        let missing = Set(ids.filter { keys[$0] == nil }).sorted()
        guard creating, !missing.isEmpty else { return keys }
        try lockOrdinals(.shopper, of: retailer)
        _ = try insertShoppers(missing, of: retailer, at: now)
        keys.merge(try knownKeys(of: missing, at: retailer)) { first, _ in first }
        return keys
    }

    private func knownKeys(of ids: [ExternalID], at retailer: RetailerID) throws -> [ExternalID: ShopperKey] {
        Dictionary(
            uniqueKeysWithValues: try query(
                """
                SELECT shopper_id, shopper_key
                FROM shopper_card
                WHERE retailer_id = \(retailer) AND shopper_id = ANY(\(ids))
                """
            ) { row in (try row.next(ExternalID.self), try row.next(ShopperKey.self)) })
    }

    /// Under the lock; the ids that got a new shopper. Those that another transaction made meanwhile do not.
    func insertShoppers(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws -> [ExternalID] {
        try query(
            """
            WITH fresh AS (
                SELECT given.shopper_id, counter.used + row_number() OVER (ORDER BY given.shopper_id) AS shopper_key
                FROM unnest(\(ids)) AS given (shopper_id)
                JOIN ordinal_counter AS counter ON counter.retailer_id = \(retailer) AND counter.kind = 'shopper'
                WHERE NOT EXISTS (
                    SELECT FROM shopper_card
                    WHERE shopper_card.retailer_id = \(retailer) AND shopper_card.shopper_id = given.shopper_id
                )
            ), made AS (
                INSERT INTO shopper (retailer_id, shopper_key, created_at)
                SELECT \(retailer), shopper_key, \(now) FROM fresh
            ), numbered AS (
                UPDATE ordinal_counter SET used = used + (SELECT count(*) FROM fresh)
                WHERE retailer_id = \(retailer) AND kind = 'shopper' AND EXISTS (SELECT FROM fresh)
            )
            INSERT INTO shopper_card (retailer_id, shopper_id, shopper_key, since)
            SELECT \(retailer), shopper_id, shopper_key, \(now) FROM fresh
            RETURNING shopper_id
            """
        ) { row in try row.next() }
    }
}
