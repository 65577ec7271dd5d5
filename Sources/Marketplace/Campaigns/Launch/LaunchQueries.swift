package import Bitmaps
package import Kernel
import Ledger
package import Postgres

extension Transaction {
    func insert(_ members: CampaignMembers, of campaign: Campaign, asOf: BusinessDay, at now: Instant) throws {
        try execute(
            """
            INSERT INTO campaign_members (retailer_id, campaign_id, version, shown, holdout, counted, as_of, made_at)
            VALUES (
                \(campaign.retailer), \(campaign.id), \(campaign.version), \(Bytes(members.shownBytes)),
                \(Bytes(members.heldBytes)), \(members.shown.count + members.held.count), \(asOf), \(now)
            )
            """)
    }

    /// Who of a campaign's audience is shown the offer, and who is held out; nil for an open campaign.
    package func members(
        of campaign: CampaignID, version: Int64, at retailer: RetailerID
    ) throws -> (shown: KeySet, holdout: KeySet)? {
        try first(
            """
            SELECT shown, holdout
            FROM campaign_members
            WHERE retailer_id = \(retailer) AND campaign_id = \(campaign) AND version = \(version)
            """
        ) { row in
            (try KeySet(portable: try row.next(Bytes.self).array), try KeySet(portable: try row.next(Bytes.self).array))
        }
    }

    /// What a wallet put in, and into which account.
    func updateFunding(of campaign: Campaign, wallet: WalletID, account: AccountID, budget: Int64) throws {
        try execute(
            """
            UPDATE campaign_funding
            SET account_id = \(account), budget_amount = \(budget)
            WHERE retailer_id = \(campaign.retailer) AND campaign_id = \(campaign.id) AND wallet_id = \(wallet)
            """)
    }

    /// The accounts that a launched campaign pays from, in the order of its funding.
    func fundingAccounts(of campaign: Campaign) throws -> [(account: AccountID, wallet: AccountID)] {
        try query(
            """
            SELECT funding.account_id, wallet.account_id
            FROM campaign_funding AS funding
            JOIN wallet ON wallet.retailer_id = funding.retailer_id AND wallet.wallet_id = funding.wallet_id
            WHERE funding.retailer_id = \(campaign.retailer) AND funding.campaign_id = \(campaign.id)
                AND funding.account_id IS NOT NULL
            ORDER BY funding.place
            """, { row in (account: try row.next(), wallet: try row.next()) })
    }

    /// What the clock shows at a moment where it is the earliest among the campaign's stores, and where it is the latest, to
    /// the second.
    func localTimes(of campaign: Campaign, at now: Instant) throws -> (earliest: LocalTime, latest: LocalTime) {
        try one(
            """
            SELECT date_trunc('second', COALESCE(min(\(now) AT TIME ZONE store.zone), \(now) AT TIME ZONE retailer.zone))
                    AT TIME ZONE 'UTC',
                date_trunc('second', COALESCE(max(\(now) AT TIME ZONE store.zone), \(now) AT TIME ZONE retailer.zone))
                    AT TIME ZONE 'UTC'
            FROM retailer
            LEFT JOIN store ON store.retailer_id = retailer.retailer_id AND (
                NOT EXISTS (
                    SELECT FROM campaign_store AS chosen
                    WHERE chosen.retailer_id = retailer.retailer_id AND chosen.campaign_id = \(campaign.id)
                        AND chosen.version = \(campaign.version)
                ) OR EXISTS (
                    SELECT FROM campaign_store AS chosen
                    WHERE chosen.retailer_id = retailer.retailer_id AND chosen.campaign_id = \(campaign.id)
                        AND chosen.version = \(campaign.version) AND chosen.store_id = store.store_id
                )
            )
            WHERE retailer.retailer_id = \(campaign.retailer)
            GROUP BY retailer.zone
            """
        ) { row in (earliest: LocalTime(clock: try row.next()), latest: LocalTime(clock: try row.next())) }
    }
}
