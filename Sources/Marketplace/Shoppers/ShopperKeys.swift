import EventLog
package import Kernel
import Parties
package import Postgres

/// Where a card leads: to its shopper, and to the number that it has of its own, under which receipts note that they came
/// with it. A card that is older than such numbers has none.
package struct CardOwner: Sendable, Hashable {
    package let shopper: ShopperKey
    package let card: Int64?
}

extension Transaction {
    /// The keys of the retailer's ids. Those that nobody knows get a shopper each where `creating`, else they are left out.
    /// Racing transactions give each id one key. Index: the primary key.
    package func shopperKeys(
        for ids: [ExternalID], of retailer: RetailerID, creating: Bool, at now: Instant
    ) throws -> [ExternalID: ShopperKey] {
        guard creating else { return try knownCards(of: ids, at: retailer, keeping: false).mapValues(\.shopper) }
        var cards = try keptCards(for: ids, of: retailer)
        let unknown = Set(ids.filter { cards[$0] == nil }).sorted()
        if !unknown.isEmpty { cards.merge(try makeCards(for: unknown, of: retailer, at: now)) { first, _ in first } }
        return cards.mapValues(\.shopper)
    }

    /// The known ids, for a fact that will name their shoppers: the cards are held still until the transaction ends, so that
    /// no erasure, merge or detachment passes between the look-up and the fact.
    ///
    /// Lock order: cards by id, then the numbers of shoppers.
    package func keptCards(for ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID: CardOwner] {
        try knownCards(of: ids, at: retailer, keeping: true)
    }

    /// A new shopper for each id that still nobody knows; held still as well.
    package func makeCards(
        for unknown: [ExternalID], of retailer: RetailerID, at now: Instant
    ) throws -> [ExternalID: CardOwner] {
        guard !unknown.isEmpty else { return [:] }
        try lockOrdinals(.shopper, of: retailer)
        _ = try insertShoppers(unknown, of: retailer, at: now)
        return try keptCards(for: unknown, of: retailer)
    }

    /// The keys that were merged into a shopper, whatever still names them. Index: `shopper_by_merged_into`.
    package func formerKeys(of key: ShopperKey, at retailer: RetailerID) throws -> [ShopperKey] {
        try query(
            """
            SELECT shopper_key FROM shopper WHERE retailer_id = \(retailer) AND merged_into = \(key) ORDER BY shopper_key
            """, { row in try row.next() })
    }

    /// The same for several shoppers; one whom nobody was merged into is left out.
    package func formerKeys(
        of keys: [ShopperKey], at retailer: RetailerID
    ) throws -> [ShopperKey: [ShopperKey]] {
        let found = try query(
            """
            SELECT merged_into, shopper_key FROM shopper
            WHERE retailer_id = \(retailer) AND merged_into = ANY (\(keys))
            ORDER BY merged_into, shopper_key
            """, { row in (into: try row.next(ShopperKey.self), key: try row.next(ShopperKey.self)) })
        return Dictionary(grouping: found, by: \.into).mapValues { $0.map(\.key) }
    }

    private func knownCards(of ids: [ExternalID], at retailer: RetailerID, keeping: Bool) throws -> [ExternalID: CardOwner] {
        let lock: SQL = keeping ? "ORDER BY shopper_id FOR SHARE" : ""
        let cards = try query(
            """
            SELECT shopper_id, shopper_key, card_key
            FROM shopper_card
            WHERE retailer_id = \(retailer) AND shopper_id = ANY(\(ids))
            \(fragment: lock)
            """
        ) { row in
            (try row.next(ExternalID.self), CardOwner(shopper: try row.next(), card: try row.nextOptional()))
        }
        return Dictionary(uniqueKeysWithValues: cards)
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
            ), \(fragment: .noted(.people, of: retailer, keys: "SELECT shopper_key FROM fresh"))
            INSERT INTO shopper_card (retailer_id, shopper_id, shopper_key, card_key, since)
            SELECT \(retailer), shopper_id, shopper_key, shopper_key, \(now) FROM fresh
            RETURNING shopper_id
            """
        ) { row in try row.next() }
    }
}
