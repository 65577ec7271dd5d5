import EventLog
package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Puts shoppers on lists and takes them off. An unknown shopper who is put on a list becomes a new one; taking an
    /// unknown one off changes nothing. `created` counts who was put on, `changed` who was taken off.
    package func upsert(_ memberships: [TagMembership], of retailer: RetailerID, at now: Instant) throws -> BatchOutcome {
        var batch = Batch(memberships)
        guard !batch.items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.shopper, of: retailer)
        let joining = Set(memberships.filter(\.isMember).map(\.shopper)).sorted()
        let stubs = try insertShoppers(joining, of: retailer, at: now).count
        let keys = try shopperKeys(for: memberships.map(\.shopper), of: retailer, creating: false, at: now)
        batch.refuse { membership in
            keys[membership.shopper] == nil
                ? FieldProblem(pointer: "/shopper_id", code: "unknown_shopper", detail: "There is no such shopper.") : nil
        }
        batch.keepLast { TagMembership.Key(tag: $0.tag, shopper: keys[$0.shopper] ?? 0) }
        let items = batch.items.map { (tag: $0.tag.text, key: keys[$0.shopper] ?? 0, isMember: $0.isMember) }
        let joined = try join(items.filter(\.isMember).map { ($0.tag, $0.key) }, of: retailer, at: now)
        let left = try leave(items.filter { !$0.isMember }.map { ($0.tag, $0.key) }, of: retailer)
        return batch.finished(created: joined, changed: left, stubs: stubs)
    }

    /// Makes a list hold exactly these shoppers. Unknown ones become new.
    package func replaceTag(
        _ tag: TagName, with shoppers: [ExternalID], of retailer: RetailerID, at now: Instant
    ) throws -> BatchOutcome {
        try lockOrdinals(.shopper, of: retailer)
        var outcome = try upsert(
            shoppers.map { TagMembership(tag: tag, shopper: $0) }, of: retailer, at: now)
        let keys = try shopperKeys(for: shoppers, of: retailer, creating: false, at: now)
        outcome.changed = try noting(
            """
            DELETE FROM shopper_tag
            WHERE retailer_id = \(retailer) AND tag = \(tag.text) AND shopper_key <> ALL(\(keys.values.sorted()))
            """, of: retailer)
        return outcome
    }

    private func join(_ members: [(tag: String, key: ShopperKey)], of retailer: RetailerID, at now: Instant) throws -> Int {
        guard !members.isEmpty else { return 0 }
        try execute(
            """
            INSERT INTO tag (retailer_id, tag, created_at)
            SELECT DISTINCT \(retailer), given.tag, \(now) FROM unnest(\(members.map(\.tag))) AS given (tag)
            ON CONFLICT (retailer_id, tag) DO NOTHING
            """)
        return try noting(
            """
            INSERT INTO shopper_tag (retailer_id, tag, shopper_key)
            SELECT \(retailer), given.tag, given.shopper_key
            FROM unnest(\(members.map(\.tag)), \(members.map(\.key))) AS given (tag, shopper_key)
            ON CONFLICT (retailer_id, tag, shopper_key) DO NOTHING
            """, of: retailer)
    }

    private func leave(_ members: [(tag: String, key: ShopperKey)], of retailer: RetailerID) throws -> Int {
        guard !members.isEmpty else { return 0 }
        return try noting(
            """
            DELETE FROM shopper_tag
            USING unnest(\(members.map(\.tag)), \(members.map(\.key))) AS given (tag, shopper_key)
            WHERE shopper_tag.retailer_id = \(retailer) AND shopper_tag.tag = given.tag
                AND shopper_tag.shopper_key = given.shopper_key
            """, of: retailer)
    }

    /// Runs a statement over lists, notes whose they are, and says how many rows it touched.
    private func noting(_ statement: SQL, of retailer: RetailerID) throws -> Int {
        try one(
            """
            WITH touched AS (
                \(fragment: statement) RETURNING shopper_tag.shopper_key
            ), \(fragment: .noted(.shoppers, of: retailer, keys: "SELECT shopper_key FROM touched"))
            SELECT count(*) FROM touched
            """
        ) { row in try row.next(Int.self) }
    }
}
