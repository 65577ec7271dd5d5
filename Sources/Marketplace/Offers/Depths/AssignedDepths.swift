package import Bitmaps
import Campaigns
import Kernel
import Postgres

/// The shoppers of a campaign who were assigned a depth when it was first decided for them: what it does to them is measured among
/// these, whatever depth they get later.
package struct AssignedDepth: Sendable {
    let depthBP: Int32
    let shown: KeySet
    let holdout: KeySet

    package init(depthBP: Int32, shown: KeySet, holdout: KeySet) {
        (self.depthBP, self.shown, self.holdout) = (depthBP, shown, holdout)
    }

    var all: KeySet { shown.union(holdout) }

    func without(_ keys: KeySet) -> AssignedDepth {
        AssignedDepth(depthBP: depthBP, shown: shown.subtracting(keys), holdout: holdout.subtracting(keys))
    }
}

extension Transaction {
    /// By depth, rising. Index: the primary key.
    func assignedDepths(of campaign: CampaignID, at retailer: RetailerID) throws -> [AssignedDepth] {
        try query(
            """
            SELECT depth_bp, shown, holdout
            FROM campaign_depth
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
            ORDER BY depth_bp
            """
        ) { row in
            AssignedDepth(
                depthBP: try row.next(), shown: try KeySet(portable: try row.next(Bytes.self).array),
                holdout: try KeySet(portable: try row.next(Bytes.self).array))
        }
    }

    /// Adds those who were assigned none before. One decision at a time does so.
    func assign(_ fresh: [AssignedDepth], of campaign: CampaignID, at retailer: RetailerID) throws {
        let known = Dictionary(
            try assignedDepths(of: campaign, at: retailer).map { ($0.depthBP, $0) }
        ) { first, _ in first }
        for added in fresh where !added.all.isEmpty {
            let (shown, holdout) = (
                added.shown.union(known[added.depthBP]?.shown ?? KeySet()),
                added.holdout.union(known[added.depthBP]?.holdout ?? KeySet())
            )
            try execute(
                """
                INSERT INTO campaign_depth (retailer_id, campaign_id, depth_bp, shown, holdout)
                VALUES (
                    \(retailer), \(campaign), \(added.depthBP), \(Bytes(shown.portableBytes)), \(Bytes(holdout.portableBytes))
                )
                ON CONFLICT (retailer_id, campaign_id, depth_bp) DO UPDATE
                SET shown = EXCLUDED.shown, holdout = EXCLUDED.holdout
                """)
        }
    }
}
