import Bitmaps
package import Campaigns
package import Kernel
package import Postgres
package import Shoppers

extension Transaction {
    /// The campaigns whose promise to a shopper covers a business day (DOMAIN 4): its grant for that day is in force, or
    /// was at `moment`, the time of a sale that is told of late. What was promised to a card before it was merged counts.
    package func promised(
        to shopper: ShopperKey, on day: BusinessDay, at moment: Instant? = nil, of retailer: RetailerID
    ) throws -> Set<CampaignID> {
        Set(try promises(to: shopper, on: day, at: moment, of: retailer).keys)
    }

    /// The same with the last day of each promise. Index: `offer_grant_in_force`, or the primary key for a past moment.
    func promises(
        to shopper: ShopperKey, on day: BusinessDay, at moment: Instant? = nil, of retailer: RetailerID
    ) throws -> [CampaignID: BusinessDay] {
        let keys = try [shopper] + keysMerged(into: shopper, of: retailer)
        let found = try query(
            """
            SELECT campaign_id, period_ends_on, members
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on >= \(day) AND period_starts_on <= \(day)
                AND (state = 'in_force' OR withdrawn_at > \(moment))
            """
        ) { row in
            (
                campaign: try row.next(CampaignID.self), endsOn: try row.next(BusinessDay.self),
                members: try KeySet(portable: try row.next(Bytes.self).array)
            )
        }
        return found.reduce(into: [:]) { promises, grant in
            guard keys.contains(where: { grant.members.contains(UInt32($0)) }) else { return }
            promises[grant.campaign] = max(grant.endsOn, promises[grant.campaign] ?? grant.endsOn)
        }
    }

    /// Index: `shopper_by_merged_into`.
    private func keysMerged(into key: ShopperKey, of retailer: RetailerID) throws -> [ShopperKey] {
        try query(
            """
            SELECT shopper_key FROM shopper WHERE retailer_id = \(retailer) AND merged_into = \(key)
            """, { row in try row.next() })
    }
}
