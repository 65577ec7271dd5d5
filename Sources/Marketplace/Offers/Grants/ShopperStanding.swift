import Bitmaps
package import Campaigns
package import Kernel
package import Postgres
package import Shoppers

/// What a shopper is to a campaign that chooses its shoppers. For the retailer alone: nobody else learns who is held out
/// (DOMAIN 10).
package enum ShopperStanding: String, Sendable, CaseIterable {
    /// The offer is promised to them for this day.
    case promised
    /// Of the audience, and held out to measure what the campaign brings.
    case holdout
    /// Of the audience when the campaign was launched, and promised nothing for this day.
    case member
    /// No offers may be chosen for them.
    case noConsent = "no_consent"
    case stranger
}

extension Transaction {
    /// What a shopper is to each of some launched campaigns. `promised` are those that `promised(to:among:of:)` found.
    package func standings(
        of shopper: ShopperKey, in campaigns: [CampaignID], promised: Set<CampaignID>, at retailer: RetailerID
    ) throws -> [CampaignID: ShopperStanding] {
        guard !campaigns.isEmpty else { return [:] }
        let consent = try offerConsents(of: [shopper], at: retailer)[shopper]
        let keys = [shopper] + (try formerKeys(of: [shopper], at: retailer)[shopper] ?? [])
        let members = try query(
            """
            SELECT members.campaign_id, members.shown, members.holdout
            FROM campaign_members AS members
            JOIN campaign ON campaign.retailer_id = members.retailer_id AND campaign.campaign_id = members.campaign_id
                AND campaign.version = members.version
            WHERE members.retailer_id = \(retailer) AND members.campaign_id = ANY (\(campaigns))
            """
        ) { row in
            (
                id: try row.next(CampaignID.self), shown: try KeySet(portable: try row.next(Bytes.self).array),
                holdout: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        var standings: [CampaignID: ShopperStanding] = [:]
        for id in campaigns {
            let found = members.first { $0.id == id }
            let isHeldOut = keys.contains { found?.holdout.contains(UInt32($0)) ?? false }
            let isMember = keys.contains { found?.shown.contains(UInt32($0)) ?? false }
            standings[id] =
                promised.contains(id)
                ? .promised
                : !(consent?.allows(at: nil) ?? false) ? .noConsent : isHeldOut ? .holdout : isMember ? .member : .stranger
        }
        return standings
    }
}
