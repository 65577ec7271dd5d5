import Kernel
import Ledger
import Postgres

extension Transaction {
    /// Discounts of an open statement that no budget paid in full and that stand in no statement yet. A supplier's campaign
    /// is of its agreement's wallet; the retailer's own of the first that funds it. What names no campaign of the
    /// retailer's, or one of its own that nobody funds, the retailer bears: it is of the first of its own wallets.
    /// Served by `redemption_unfunded`, `redemption_unknown_campaign` and the key of `statement_unfunded`.
    func openUnfunded(of head: StatementHead, at retailer: RetailerID) -> SQL {
        """
        SELECT found.redemption_id, found.campaign_id, found.business_day,
            found.claimed_amount - found.funded_amount AS unfunded_amount, found.borne_amount
        FROM (
            \(fragment: unfundedOfCampaigns(of: head, at: retailer))
            UNION ALL
            \(fragment: unfundedOfNoCampaign(of: head, at: retailer))
        ) AS found
        WHERE NOT EXISTS (
            SELECT FROM statement_unfunded AS listed
            WHERE listed.retailer_id = \(retailer) AND listed.redemption_id = found.redemption_id
        )
        """
    }

    private func unfundedOfCampaigns(of head: StatementHead, at retailer: RetailerID) -> SQL {
        """
        SELECT redemption.redemption_id, redemption.campaign_id, redemption.business_day, redemption.claimed_amount,
            redemption.funded_amount, redemption.borne_amount
        FROM campaign
        JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.campaign_id = campaign.campaign_id
            AND redemption.reason IS NOT NULL
        WHERE campaign.retailer_id = \(retailer)
            AND (
                campaign.agreement_id = \(head.agreement)
                OR campaign.agreement_id IS NULL AND \(head.wallet) = COALESCE(
                    (
                        SELECT funding.wallet_id
                        FROM campaign_funding AS funding
                        WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id
                        ORDER BY funding.place
                        LIMIT 1
                    ),
                    (\(fragment: firstOwnWallet(of: retailer)))
                )
            )
        """
    }

    private func unfundedOfNoCampaign(of head: StatementHead, at retailer: RetailerID) -> SQL {
        """
        SELECT redemption.redemption_id, redemption.campaign_id, redemption.business_day, redemption.claimed_amount,
            redemption.funded_amount, redemption.borne_amount
        FROM redemption
        WHERE redemption.retailer_id = \(retailer) AND redemption.reason = 'unknown_campaign'
            AND \(head.wallet) = (\(fragment: firstOwnWallet(of: retailer)))
            AND NOT EXISTS (
                SELECT FROM campaign
                WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = redemption.campaign_id
            )
        """
    }

    private func firstOwnWallet(of retailer: RetailerID) -> SQL {
        """
        SELECT own.wallet_id
        FROM wallet AS own
        WHERE own.retailer_id = \(retailer) AND own.supplier_id IS NULL
        ORDER BY own.created_at, own.wallet_id
        LIMIT 1
        """
    }

    /// The same of a sealed statement, as it was listed.
    func unfunded(of head: StatementHead, at retailer: RetailerID) -> SQL {
        guard head.seal != nil else { return openUnfunded(of: head, at: retailer) }
        return """
            SELECT redemption_id, campaign_id, business_day, unfunded_amount, borne_amount
            FROM statement_unfunded
            WHERE retailer_id = \(retailer) AND statement_id = \(head.id)
            """
    }

    func unfundedMinor(of head: StatementHead, at retailer: RetailerID) throws -> Int64 {
        try one(
            """
            SELECT COALESCE(sum(unfunded_amount), 0)::bigint
            FROM (\(fragment: unfunded(of: head, at: retailer))) AS listed
            """
        ) { row in try row.next() }
    }
}
