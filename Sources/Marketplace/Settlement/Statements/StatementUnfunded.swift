import Kernel
import Ledger
import Postgres

extension Transaction {
    /// Discounts of an open statement that no budget paid in full: those of the wallet's campaigns that stand in no
    /// statement yet. A supplier's campaign is of its agreement's wallet; the retailer's own of the first that funds it.
    /// Served by `redemption_unfunded` and the key of `statement_unfunded`.
    func openUnfunded(of head: StatementHead, at retailer: RetailerID) -> SQL {
        """
        SELECT redemption.redemption_id, redemption.campaign_id, redemption.business_day,
            redemption.claimed_amount - redemption.funded_amount AS unfunded_amount, redemption.borne_amount
        FROM campaign
        JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.campaign_id = campaign.campaign_id
            AND redemption.reason IS NOT NULL
        WHERE campaign.retailer_id = \(retailer)
            AND (
                campaign.agreement_id = \(head.agreement)
                OR campaign.agreement_id IS NULL AND \(head.wallet) = (
                    SELECT funding.wallet_id
                    FROM campaign_funding AS funding
                    WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id
                    ORDER BY funding.place
                    LIMIT 1
                )
            )
            AND NOT EXISTS (
                SELECT FROM statement_unfunded AS listed
                WHERE listed.retailer_id = \(retailer) AND listed.redemption_id = redemption.redemption_id
            )
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
