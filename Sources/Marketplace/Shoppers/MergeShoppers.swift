import EventLog
import JSONText
package import Kernel
package import Parties
package import Postgres
import Tenancy

/// Two shoppers turn out to be one: every id of the first now leads to the second, who also gets its lists, receipts,
/// redemptions and holds; what both took of limits is added up, all in one transaction. Promises and holdouts follow the
/// former keys. Merging again changes nothing.
package struct MergeShoppers: Sendable {
    let retailer: RetailerID
    let shopper: ExternalID
    let into: ExternalID
    let consequences: ShopperConsequences

    package init(
        of retailer: RetailerID, _ shopper: ExternalID, into: ExternalID, _ consequences: ShopperConsequences
    ) {
        self.consequences = consequences
        self.retailer = retailer
        self.shopper = shopper
        self.into = into
    }

    package enum Refusal: Kernel.Refusal {
        case unknownTarget

        package var problem: Problem {
            switch self {
            case .unknownTarget:
                .invalid([FieldProblem(pointer: "/into", code: "unknown_shopper", detail: "There is no such shopper.")])
            }
        }
    }

    package func run(in tx: borrowing Transaction, by author: Author) throws -> StoredShopper {
        try tx.lockShoppers([shopper, into], of: retailer)
        guard let gone = try tx.shopper(shopper, of: retailer) else { throw Problem.notFound("shopper") }
        guard let kept = try tx.shopper(into, of: retailer) else { throw Refusal.unknownTarget }
        guard gone.key != kept.key else { return kept }
        _ = try tx.writeFlags(of: [(kept.key, kept.flags.merging(gone.flags))], at: retailer, since: author.world.now())
        try tx.move(gone.key, into: kept.key, of: retailer)
        let merge = ShopperConsequences.Merge(retailer: retailer, gone: gone.key, kept: kept.key)
        for step in consequences.onMerge { try step(tx, merge) }
        try tx.noteProfileChange(.people, [gone.key, kept.key], of: retailer)
        guard let merged = try tx.shopper(into, of: retailer) else { throw Refusal.unknownTarget }
        let subject = EventSubject(kind: "shopper", id: "\(gone.key)")
        try tx.audit(author, "shopper.merged", about: subject, before: AuditedShopper(gone), after: AuditedShopper(merged))
        var event = Event("shopper.merged", about: subject) { json in
            json.field("shopper_key", gone.key)
            json.field("into_shopper_key", kept.key)
        }
        event.shopperKey = gone.key
        try tx.append(event, to: retailer, in: author.world)
        return merged
    }
}

extension Transaction {
    /// Cards and lists go over; who was merged into the one that goes is now merged into the one that stays.
    fileprivate func move(_ gone: ShopperKey, into kept: ShopperKey, of retailer: RetailerID) throws {
        try pipeline([
            """
            UPDATE shopper_card SET shopper_key = \(kept) WHERE retailer_id = \(retailer) AND shopper_key = \(gone)
            """,
            """
            INSERT INTO shopper_tag (retailer_id, tag, shopper_key)
            SELECT retailer_id, tag, \(kept) FROM shopper_tag WHERE retailer_id = \(retailer) AND shopper_key = \(gone)
            ON CONFLICT (retailer_id, tag, shopper_key) DO NOTHING
            """,
            "DELETE FROM shopper_tag WHERE retailer_id = \(retailer) AND shopper_key = \(gone)",
            """
            UPDATE shopper SET merged_into = \(kept)
            WHERE retailer_id = \(retailer) AND (shopper_key = \(gone) OR merged_into = \(gone))
            """,
        ])
    }
}
