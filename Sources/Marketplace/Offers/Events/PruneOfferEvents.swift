package import Kernel
package import Postgres
import Tenancy

/// Removes what apps told once nobody may or needs to know it: of campaigns that are long over, and what shoppers looked at who want
/// nothing chosen for them any more. Any number of nodes may do it.
package struct PruneOfferEvents: Sendable {
    package static let secondsBetween: Int64 = 3_600
    /// After a campaign is closed: half a year.
    static let daysKept: Int64 = 182
    static let rowsMax = 5_000

    private let database: Database
    private let world: OutsideWorld

    package init(_ database: Database, _ world: OutsideWorld) {
        self.database = database
        self.world = world
    }

    /// All retailers, a batch at a time.
    package func prune() async throws {
        let before = world.now().adding(seconds: -Self.daysKept * 86_400)
        try await database.forEachRetailer { retailer in
            var removed = Self.rowsMax
            while removed >= Self.rowsMax {
                removed = try await database.transaction(as: .retailer(retailer)) { tx in
                    try tx.removeTold(in: "offer_attention", closedBefore: before, of: retailer)
                        + tx.removeTold(in: "offer_activation", closedBefore: before, of: retailer)
                        + tx.removeUnwantedAttention(of: retailer)
                }
            }
        }
    }
}

extension Transaction {
    /// Of a table of what shoppers of campaigns did.
    fileprivate func removeTold(in table: SQL, closedBefore moment: Instant, of retailer: RetailerID) throws -> Int {
        try execute(
            """
            DELETE FROM \(fragment: table)
            WHERE retailer_id = \(retailer) AND ctid IN (
                SELECT told.ctid
                FROM campaign
                JOIN \(fragment: table) AS told ON told.retailer_id = \(retailer) AND told.campaign_id = campaign.campaign_id
                WHERE campaign.retailer_id = \(retailer) AND campaign.state IN ('closed', 'cancelled')
                    AND COALESCE(campaign.closed_at, campaign.updated_at) < \(moment)
                LIMIT \(PruneOfferEvents.rowsMax)
                FOR UPDATE OF told SKIP LOCKED
            )
            """)
    }

    /// Index: `offer_attention_by_shopper`.
    fileprivate func removeUnwantedAttention(of retailer: RetailerID) throws -> Int {
        try execute(
            """
            DELETE FROM offer_attention
            WHERE retailer_id = \(retailer) AND ctid IN (
                SELECT seen.ctid
                FROM shopper
                JOIN policy ON policy.retailer_id = \(retailer)
                JOIN offer_attention AS seen ON seen.retailer_id = \(retailer) AND seen.shopper_key = shopper.shopper_key
                WHERE shopper.retailer_id = \(retailer)
                    AND NOT COALESCE(shopper.personal_offers, policy.personal_offers_default)
                LIMIT \(PruneOfferEvents.rowsMax)
                FOR UPDATE OF seen SKIP LOCKED
            )
            """)
    }
}
