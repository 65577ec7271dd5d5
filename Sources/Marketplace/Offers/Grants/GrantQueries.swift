import Bitmaps
import Campaigns
import Kernel
import Parties
import Postgres
import Profiles
import Shoppers

extension Transaction {
    /// The grants whose period touches one that runs, in force or not. Index: the primary key.
    func grantStates(of retailer: RetailerID, since day: BusinessDay) throws -> [GrantState] {
        try query(
            """
            SELECT campaign_id, period_starts_on, period_ends_on, withdrawn_reason, is_told, depth_bp
            FROM offer_grant
            WHERE retailer_id = \(retailer) AND period_ends_on >= \(day)
            ORDER BY campaign_id, period_starts_on, depth_bp
            """
        ) { row in
            GrantState(
                campaign: try row.next(), period: GrantPeriod(startsOn: try row.next(), endsOn: try row.next()),
                withdrawnReason: try row.nextOptional(), isTold: try row.next(), depthBP: try row.next())
        }
    }

    /// What is left of the money of these campaigns, from the accounts' counters.
    func budgets(of campaigns: [CampaignID], at retailer: RetailerID) throws -> [CampaignID: CampaignBudget] {
        let found = try query(
            """
            SELECT funding.campaign_id, sum(funding.budget_amount)::bigint, sum(account.debits_pending)::bigint,
                sum(account.credits_posted - account.debits_posted - account.debits_pending)::bigint,
                array_agg(account.credits_posted - account.debits_posted ORDER BY funding.place)
            FROM campaign_funding AS funding
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = funding.account_id
            WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = ANY(\(campaigns))
            GROUP BY funding.campaign_id
            """
        ) { row in
            (
                try row.next(CampaignID.self),
                CampaignBudget(
                    budgetMinor: try row.next(), reservedMinor: try row.next(), availableMinor: try row.next(),
                    rest: try row.next())
            )
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Those of the campaigns whose money pays for nothing any more. Whether something of them is weighed is asked only where
    /// it matters: when they pay for no piece.
    func exhausted(
        of campaigns: [RunningCampaign], _ budgets: [CampaignID: CampaignBudget], _ exhausted: ExhaustedShare,
        at retailer: RetailerID
    ) throws -> Set<CampaignID> {
        let short = campaigns.filter { campaign in
            budgets[campaign.id].map { !campaign.leastPayment(byWeight: false).isPayable(from: $0.rest, exhausted) } ?? true
        }
        guard !short.isEmpty else { return [] }
        let weighed = try weighedCampaigns(among: short.map(\.id), of: retailer)
        return Set(
            short.filter { campaign in
                guard weighed.contains(campaign.id), let budget = budgets[campaign.id] else { return true }
                return !campaign.leastPayment(byWeight: true).isPayable(from: budget.rest, exhausted)
            }.map(\.id))
    }

    /// The state of a campaign and its last version, kept as they are until this transaction ends.
    func shareCampaignState(_ id: CampaignID, of retailer: RetailerID) throws -> (state: CampaignState, version: Int64)? {
        try first(
            """
            SELECT state, version FROM campaign WHERE retailer_id = \(retailer) AND campaign_id = \(id) FOR SHARE
            """, { row in (state: try row.next(), version: try row.next()) })
    }

    /// What the shoppers' flags say of who may be granted something. Of all it scans the retailer's shoppers.
    func eligibility(
        of retailer: RetailerID, personalOffersDefault: Bool, among shoppers: ShopperSelection = .all
    ) throws -> Eligibility {
        let excluded = try keys(
            """
            SELECT shopper_key
            FROM shopper
            WHERE retailer_id = \(retailer) AND merged_into IS NULL AND \(fragment: shoppers.holds("shopper_key"))
                AND (erased_at IS NOT NULL OR kind <> 'person' OR NOT COALESCE(personal_offers, \(personalOffersDefault)))
            """)
        let adults = try keys(
            """
            SELECT shopper_key
            FROM shopper
            WHERE retailer_id = \(retailer) AND adult = 'yes' AND \(fragment: shoppers.holds("shopper_key"))
            """)
        let merged = try query(
            """
            SELECT shopper_key, merged_into
            FROM shopper
            WHERE retailer_id = \(retailer) AND merged_into IS NOT NULL AND \(fragment: shoppers.holds("merged_into"))
            ORDER BY shopper_key
            """, { row in (key: UInt32(try row.next(Int64.self)), into: UInt32(try row.next(Int64.self))) })
        return Eligibility(excluded: excluded, adults: adults, merged: merged)
    }

    /// Those to whom nothing may be pushed.
    func shoppersWithoutPush(of retailer: RetailerID) throws -> KeySet {
        try keys("SELECT shopper_key FROM shopper WHERE retailer_id = \(retailer) AND NOT push")
    }

    /// Everyone to whom a campaign was ever granted.
    func shownBefore(by campaign: CampaignID, of retailer: RetailerID) throws -> KeySet {
        try query(
            "SELECT members FROM offer_grant WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)",
            { row in try KeySet(portable: try row.next(Bytes.self).array) }
        ).reduce(into: KeySet()) { $0.formUnion($1) }
    }

    private func keys(_ sql: SQL) throws -> KeySet {
        KeySet(try query(sql) { row in UInt32(try row.next(Int64.self)) })
    }
}
