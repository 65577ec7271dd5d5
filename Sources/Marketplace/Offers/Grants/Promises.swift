import Bitmaps
import Campaigns
import Kernel
import Postgres
import Shoppers

/// What a shopper was promised of a campaign.
struct Promise: Sendable, Hashable {
    /// The last day.
    let endsOn: BusinessDay
    /// At which of the campaign's depths; 0 where it has but one.
    let depthBP: Int32

    /// Of two promises of one campaign, as two cards that were merged may have, the deeper counts, then the longer.
    func isBetter(than other: Promise) -> Bool { (depthBP, endsOn) > (other.depthBP, other.endsOn) }
}

extension Transaction {
    /// The campaigns whose promise to a shopper covers a business day (DOMAIN 4): its
    /// grant for that day is in force. What was promised to a card before it was merged counts. Who has said no to personal
    /// offers since has none: nothing is chosen for them, and nothing that was is shown. Another kind of shopper ends no
    /// promise: it is a leaving of the audience, not a no. Index: `offer_grant_in_force`.
    func promises(
        to shopper: ShopperKey, on day: BusinessDay, of retailer: RetailerID
    ) throws -> [CampaignID: Promise] {
        guard try offerConsents(of: [shopper], at: retailer)[shopper]?.allows(at: nil) ?? false else { return [:] }
        let keys = try [shopper] + formerKeys(of: shopper, at: retailer)
        let found = try query(
            """
            SELECT campaign_id, period_ends_on, depth_bp, members
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on >= \(day) AND period_starts_on <= \(day)
                AND state = 'in_force'
            """
        ) { row in
            (
                campaign: try row.next(CampaignID.self), promise: Promise(endsOn: try row.next(), depthBP: try row.next()),
                members: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        return found.reduce(into: [:]) { promises, grant in
            guard keys.contains(where: { grant.members.contains(UInt32($0)) }) else { return }
            if let known = promises[grant.campaign], !grant.promise.isBetter(than: known) { return }
            promises[grant.campaign] = grant.promise
        }
    }
}
