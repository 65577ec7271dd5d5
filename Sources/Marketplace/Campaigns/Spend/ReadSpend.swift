package import Kernel
package import Postgres

extension Transaction {
    /// What became of a campaign's budget, as it stands: what was counted before, and the entries since. In the retailer's scope: a
    /// campaign may be paid from several owners' wallets.
    package func spend(of campaign: CampaignID, at retailer: RetailerID, in asset: Asset) throws -> CampaignSpend {
        let accounts = try spendAccounts(of: campaign, at: retailer)
        let open = accounts.map(\.span)
        guard open.reduce(0, { $0 + $1.count }) <= SpendCounter.entriesReadMax else {
            // The books of years, before the counter has been through them.
            return try summedSpend(of: campaign, at: retailer, in: asset)
        }
        let since = try spent(over: open.filter { $0.count > 0 }, at: retailer)
        let sums = accounts.reduce(SpentSums()) { sum, account in
            sum + account.counted + (since[SpendKey(campaign: campaign, account: account.span.account)] ?? SpentSums())
        }
        return CampaignSpend(
            asset: asset, budget: sums.putIn, discounts: sums.discounts, fees: sums.fees,
            reserved: accounts.reduce(0) { $0 + $1.reserved }, available: accounts.reduce(0) { $0 + $1.available },
            returned: sums.returned, units: sums.units, redemptions: sums.redemptions)
    }

    /// The same, summed up from all that the campaign ever moved. Indexes: `account_one_for_funding`, `transfer_by_campaign`,
    /// `redemption_by_campaign`.
    package func summedSpend(of campaign: CampaignID, at retailer: RetailerID, in asset: Asset) throws -> CampaignSpend {
        try one(
            """
            SELECT money.put_in, money.discounts, money.fees, accounts.reserved, accounts.available, money.returned,
                sold.units, sold.redemptions
            FROM (
                SELECT COALESCE(sum(CASE kind WHEN 'launch' THEN amount WHEN 'release' THEN -amount ELSE 0 END), 0)::bigint AS put_in,
                    COALESCE(sum(CASE kind WHEN 'redemption' THEN amount WHEN 'return' THEN -amount ELSE 0 END), 0)::bigint
                        AS discounts,
                    COALESCE(sum(CASE kind WHEN 'fee' THEN amount WHEN 'fee_return' THEN -amount ELSE 0 END), 0)::bigint
                        AS fees,
                    COALESCE(sum(amount) FILTER (WHERE kind = 'close'), 0)::bigint AS returned
                FROM transfer
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign)
            ) AS money
            CROSS JOIN (
                SELECT COALESCE(sum(debits_pending), 0)::bigint AS reserved,
                    COALESCE(sum(credits_posted - debits_posted - debits_pending), 0)::bigint AS available
                FROM account
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND kind = 'campaign'
            ) AS accounts
            CROSS JOIN (
                SELECT COALESCE(sum(units), 0)::bigint AS units, count(*) AS redemptions
                FROM redemption
                WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND funded_amount > 0
            ) AS sold
            """
        ) { row in
            CampaignSpend(
                asset: asset, budget: try row.next(), discounts: try row.next(), fees: try row.next(),
                reserved: try row.next(), available: try row.next(), returned: try row.next(), units: try row.next(),
                redemptions: try row.next())
        }
    }
}
