import Bitmaps
import Kernel
package import Postgres
package import Shoppers

/// What becomes of promises when their shopper is erased: the key leaves every grant, the log of decisions and every
/// campaign's members, of whom `counted` still says how many they were. A merge changes nothing here: promises and holdouts are looked up under the
/// former keys as well.
package enum OffersOfShopper {
    @Sendable package static func erase(_ tx: borrowing Transaction, _ erasure: ShopperConsequences.Erasure) throws {
        try tx.dropMembers(erasure.keys.map { UInt32($0) }, of: erasure.retailer)
        try tx.dropAssigned(erasure.keys.map { UInt32($0) }, at: erasure.retailer)
        try tx.dropGrants(of: erasure.keys.map { UInt32($0) }, at: erasure.retailer)
        try tx.execute(
            "DELETE FROM offer_decision WHERE retailer_id = \(erasure.retailer) AND shopper_key = ANY (\(erasure.keys))")
    }
}

extension Transaction {
    /// Reads every set of the retailer's campaigns, one at a time.
    fileprivate func dropMembers(_ keys: [UInt32], of retailer: RetailerID) throws {
        let campaigns = try query(
            """
            SELECT campaign_id, version FROM campaign_members WHERE retailer_id = \(retailer) ORDER BY campaign_id, version
            """
        ) { row in (id: try row.next(Identifier.self), version: try row.next(Int64.self)) }
        for campaign in campaigns {
            let sets = try one(
                """
                SELECT shown, holdout
                FROM campaign_members
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
                """
            ) { row in [try row.next(Bytes.self), try row.next(Bytes.self)] }
            guard let left = try KeySet.each(sets, without: keys) else { continue }
            try execute(
                """
                UPDATE campaign_members SET shown = \(left[0]), holdout = \(left[1])
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign.id) AND version = \(campaign.version)
                """)
        }
    }

    fileprivate func dropAssigned(_ keys: [UInt32], at retailer: RetailerID) throws {
        let depths = try query(
            "SELECT campaign_id, depth_bp FROM campaign_depth WHERE retailer_id = \(retailer) ORDER BY campaign_id, depth_bp",
            { row in (campaign: try row.next(Identifier.self), depth: try row.next(Int32.self)) })
        for one in depths {
            let sets = try self.one(
                """
                SELECT shown, holdout
                FROM campaign_depth
                WHERE retailer_id = \(retailer) AND campaign_id = \(one.campaign) AND depth_bp = \(one.depth)
                FOR UPDATE
                """
            ) { row in [try row.next(Bytes.self), try row.next(Bytes.self)] }
            guard let left = try KeySet.each(sets, without: keys) else { continue }
            try execute(
                """
                UPDATE campaign_depth SET shown = \(left[0]), holdout = \(left[1])
                WHERE retailer_id = \(retailer) AND campaign_id = \(one.campaign) AND depth_bp = \(one.depth)
                """)
        }
    }

    fileprivate func dropGrants(of keys: [UInt32], at retailer: RetailerID) throws {
        let grants = try query(
            """
            SELECT campaign_id, period_starts_on, depth_bp
            FROM offer_grant
            WHERE retailer_id = \(retailer)
            ORDER BY campaign_id, period_starts_on, depth_bp
            """
        ) { row in
            (campaign: try row.next(Identifier.self), startsOn: try row.next(BusinessDay.self), depth: try row.next(Int32.self))
        }
        for grant in grants {
            let sets = try one(
                """
                SELECT members, pushed
                FROM offer_grant
                WHERE retailer_id = \(retailer) AND campaign_id = \(grant.campaign) AND period_starts_on = \(grant.startsOn)
                    AND depth_bp = \(grant.depth)
                FOR UPDATE
                """
            ) { row in [try row.next(Bytes.self), try row.next(Bytes.self)] }
            guard let left = try KeySet.each(sets, without: keys) else { continue }
            try execute(
                """
                UPDATE offer_grant SET members = \(left[0]), pushed = \(left[1])
                WHERE retailer_id = \(retailer) AND campaign_id = \(grant.campaign) AND period_starts_on = \(grant.startsOn)
                    AND depth_bp = \(grant.depth)
                """)
        }
    }
}

extension KeySet {
    /// Stored sets without some keys; nil where none of them had any.
    fileprivate static func each(_ stored: [Bytes], without keys: [UInt32]) throws -> [Bytes]? {
        var sets = try stored.map { try KeySet(portable: $0.array) }
        guard sets.contains(where: { set in keys.contains(where: set.contains) }) else { return nil }
        for index in sets.indices { for key in keys { sets[index].remove(key) } }
        return sets.map { Bytes($0.portableBytes) }
    }
}
