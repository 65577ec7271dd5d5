import Bitmaps
package import Campaigns
package import Kernel
package import Postgres
package import Shoppers

extension Transaction {
    /// The campaigns whose promise to a shopper covers a business day (DOMAIN 4): its grant for that day is in force, or
    /// was at `moment`, the time of a sale that is told of late. What was promised to a card before it was merged counts.
    /// Who has said no to personal offers since has none: nothing is chosen for them, and nothing that was is shown.
    package func promised(
        to shopper: ShopperKey, on day: BusinessDay, at moment: Instant? = nil, of retailer: RetailerID
    ) throws -> Set<CampaignID> {
        Set(try promises(to: shopper, on: day, at: moment, of: retailer).keys)
    }

    /// The same with the last day of each promise. Index: `offer_grant_in_force`, or the primary key for a past moment.
    func promises(
        to shopper: ShopperKey, on day: BusinessDay, at moment: Instant? = nil, of retailer: RetailerID
    ) throws -> [CampaignID: BusinessDay] {
        guard try takesPersonalOffers(shopper, at: moment, of: retailer) else { return [:] }
        let keys = try [shopper] + formerKeys(of: shopper, at: retailer)
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

    /// Whether offers may be chosen for a shopper by what they buy, as the flag and the policy say now. A sale that was made
    /// before the flags changed is judged by what was promised then. Another kind ends no promise: it is a leaving of the
    /// audience, not a no.
    private func takesPersonalOffers(_ key: ShopperKey, at moment: Instant?, of retailer: RetailerID) throws -> Bool {
        try first(
            """
            SELECT shopper.erased_at IS NULL AND (
                COALESCE(shopper.personal_offers, policy.personal_offers_default)
                OR COALESCE(shopper.flags_changed_at > \(moment), false)
            )
            FROM shopper
            JOIN policy ON policy.retailer_id = shopper.retailer_id
            WHERE shopper.retailer_id = \(retailer) AND shopper.shopper_key = \(key)
            """, { row in try row.next() }) ?? false
    }
}
