import EventLog
import JSONText
package import Kernel
package import Parties
package import Postgres
import Tenancy

/// The retailer forgets a shopper (DOMAIN 9), all in one transaction: every id that led to it, its lists and grants go, its
/// receipts become anonymous, holds are given back, and texts that name an id are blanked. Redemptions stay, with a key that
/// leads nowhere and is never given out again. The same card seen later is a new shopper.
package struct EraseShopper: Sendable {
    let retailer: RetailerID
    let shopper: ExternalID
    let consequences: ShopperConsequences

    package init(of retailer: RetailerID, _ shopper: ExternalID, _ consequences: ShopperConsequences) {
        self.retailer = retailer
        self.shopper = shopper
        self.consequences = consequences
    }

    package func run(in tx: borrowing Transaction, by author: Author) throws {
        try tx.awaitTextsOfShoppers(of: retailer)
        try tx.lockShoppers([shopper], of: retailer)
        guard let found = try tx.shopper(shopper, of: retailer) else { throw Problem.notFound("shopper") }
        let keys = try tx.erase(found.key, of: retailer, at: author.world.now())
        let erasure = ShopperConsequences.Erasure(retailer: retailer, keys: keys, ids: found.ids, world: author.world)
        for step in consequences.onErasure { try step(tx, erasure) }
        try tx.noteProfileChange(.people, keys, of: retailer)
        try tx.redactEvents(ofShoppers: keys, of: retailer)
        try tx.audit(author, "shopper.erased", about: EventSubject(kind: "shopper", id: "\(found.key)"))
        try tx.append(
            keys.map { key in
                var event = Event("shopper.erased", about: EventSubject(kind: "shopper", id: "\(key)")) { json in
                    json.field("shopper_key", key)
                }
                event.shopperKey = key
                return event
            }, to: retailer, ids: keys.map { _ in author.world.newID() }, at: author.world.now())
    }
}

extension Transaction {
    /// Erases a key and all that were merged into it, sorted: rows elsewhere may still carry those.
    fileprivate func erase(_ key: ShopperKey, of retailer: RetailerID, at now: Instant) throws -> [ShopperKey] {
        try pipeline([
            "DELETE FROM shopper_tag WHERE retailer_id = \(retailer) AND shopper_key = \(key)",
            "DELETE FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_key = \(key)",
        ])
        return try query(
            """
            UPDATE shopper
            SET kind = 'person', personal_offers = false, push = false, adult = 'unknown', erased_at = \(now),
                flags_changed_at = \(now)
            WHERE retailer_id = \(retailer) AND (shopper_key = \(key) OR merged_into = \(key))
            RETURNING shopper_key
            """, { row in try row.next(ShopperKey.self) }
        ).sorted()
    }
}
