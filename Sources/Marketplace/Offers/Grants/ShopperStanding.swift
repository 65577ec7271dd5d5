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
    /// Of the audience when the campaign was launched, or became for another one, and promised nothing for this day.
    case member
    /// No offers may be chosen for them.
    case noConsent = "no_consent"
    case stranger
}

extension Transaction {
    /// What a shopper is to each of some launched campaigns, each in the version in which it is given. `promised` are those that `promised(to:among:of:)` found.
    package func standings(
        of shopper: ShopperKey, in campaigns: [RunningCampaign], promised: Set<CampaignID>, at retailer: RetailerID
    ) throws -> [CampaignID: ShopperStanding] {
        guard !campaigns.isEmpty else { return [:] }
        let consent = try offerConsents(of: [shopper], at: retailer)[shopper]
        let keys = [shopper] + (try formerKeys(of: [shopper], at: retailer)[shopper] ?? [])
        let members = try query(
            """
            SELECT members.campaign_id, members.shown, members.holdout
            FROM unnest(\(campaigns.map(\.id)), \(campaigns.map(\.version))) AS asked (campaign_id, version)
            JOIN campaign_members AS members ON members.retailer_id = \(retailer)
                AND members.campaign_id = asked.campaign_id AND members.version = asked.version
            """
        ) { row in
            (
                id: try row.next(CampaignID.self), shown: try KeySet(portable: try row.next(Bytes.self).array),
                holdout: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        var standings: [CampaignID: ShopperStanding] = [:]
        for id in campaigns.map(\.id) {
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
