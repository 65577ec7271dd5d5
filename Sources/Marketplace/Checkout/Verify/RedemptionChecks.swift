import Kernel
import Ledger
import Postgres

extension CheckedRows {
    /// Since a day: those of receipts of that business day or a later one.
    static let redemptions = CheckedRows(dated: { retailer, since, after, limit in
        """
        SELECT redemption_id AS key FROM redemption
        WHERE retailer_id = \(retailer) AND (\(since)::date IS NULL OR business_day >= \(since)) AND (\(after)::uuid IS NULL OR redemption_id > \(after))
        ORDER BY redemption_id LIMIT \(limit)
        """
    })
}

/// Checks of redemptions, one by one: what was claimed, allowed, paid, and by which transfers.
extension LedgerCheck {
    static let fundedWithinClaim = LedgerCheck(
        "funded_within_claim",
        "What is funded is neither more than was claimed nor than was allowed, and what is not has its reason.",
        .rows(.redemptions) { retailer, range in
            """
            SELECT redemption_id::text,
                format('claimed %s, allowed %s, funded %s, borne %s, fee %s, reason %s', claimed_amount, allowed_amount,
                    funded_amount, borne_amount, fee_amount, COALESCE(reason, 'none'))
            FROM redemption
            WHERE retailer_id = \(retailer) AND \(fragment: range.holds("redemption_id"))
                AND (funded_amount > claimed_amount OR funded_amount > allowed_amount
                    OR (reason IS NULL) <> (funded_amount = claimed_amount)
                    OR borne_amount > claimed_amount - funded_amount OR fee_amount > 0 AND funded_amount = 0)
            """
        })

    static let redemptionsPaidOnce = LedgerCheck(
        "redemptions_paid_once", "A receipt's line is paid once by a campaign, from each account by one transfer.",
        .rows(.redemptions) { retailer, range in
            """
            SELECT claim.redemption_id::text,
                format('%s claims of its line, %s of its id, %s payments from one account', line.claims, named.claims,
                    paid.payments)
            FROM redemption AS claim
            CROSS JOIN LATERAL (
                SELECT count(other.redemption_id) AS claims
                FROM redemption AS other
                WHERE other.retailer_id = \(retailer) AND other.business_day = claim.business_day
                    AND other.store_ordinal = claim.store_ordinal AND other.till = claim.till
                    AND other.shift = claim.shift AND other.number = claim.number AND other.line_no = claim.line_no
                    AND other.campaign_id = claim.campaign_id
            ) AS line
            CROSS JOIN LATERAL (
                SELECT count(other.line_no) AS claims
                FROM redemption AS other
                WHERE other.retailer_id = \(retailer) AND other.redemption_id = claim.redemption_id
            ) AS named
            CROSS JOIN LATERAL (
                SELECT COALESCE(max(account.payments), 0) AS payments
                FROM (
                    SELECT count(transfer.transfer_id) AS payments
                    FROM transfer
                    WHERE transfer.retailer_id = \(retailer) AND transfer.cause_kind = 'redemption'
                        AND transfer.cause_id = \(fragment: publicID("redemption", "claim.redemption_id"))
                        AND transfer.kind = 'redemption'
                    GROUP BY transfer.debit_account_id
                ) AS account
            ) AS paid
            WHERE claim.retailer_id = \(retailer) AND \(fragment: range.holds("claim.redemption_id"))
                AND (line.claims <> 1 OR named.claims <> 1 OR paid.payments > 1)
            """
        })

    static let redemptionsEqualTransfers = LedgerCheck(
        "redemptions_equal_transfers",
        "The funded amount, the fee and the borne amount of a redemption are the transfers that it caused.",
        .rows(.redemptions) { retailer, range in
            """
            SELECT claim.redemption_id::text,
                format('funded %s, fee %s, borne %s; transfers %s, %s, %s', claim.funded_amount, claim.fee_amount,
                    claim.borne_amount, moved.funded, moved.fee, moved.borne)
            FROM redemption AS claim
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount) FILTER (WHERE kind = 'redemption'), 0) AS funded,
                    COALESCE(sum(amount) FILTER (WHERE kind = 'fee'), 0) AS fee,
                    COALESCE(sum(amount) FILTER (
                        WHERE kind = 'unfunded' AND debit_account_id = claim.borne_account_id), 0) AS borne
                FROM transfer
                WHERE transfer.retailer_id = \(retailer) AND transfer.cause_kind = 'redemption'
                    AND transfer.cause_id = \(fragment: publicID("redemption", "claim.redemption_id"))
            ) AS moved
            WHERE claim.retailer_id = \(retailer) AND \(fragment: range.holds("claim.redemption_id"))
                AND (claim.funded_amount <> moved.funded OR claim.fee_amount <> moved.fee OR claim.borne_amount <> moved.borne)
            """
        })

    static let sharesEqualTransfers = LedgerCheck(
        "shares_equal_transfers", "The shares of a redemption sum to it, and each is what its account paid.",
        .rows(.redemptions) { retailer, range in
            """
            SELECT claim.redemption_id::text,
                format('funded %s and fee %s in shares of %s and %s, %s of them not as paid', claim.funded_amount,
                    claim.fee_amount, share.discount, share.fee, share.wrong)
            FROM redemption AS claim
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(part.discount_amount), 0) AS discount, COALESCE(sum(part.fee_amount), 0) AS fee,
                    count(part.account_id) FILTER (
                        WHERE part.discount_amount <> moved.discount OR part.fee_amount <> moved.fee) AS wrong
                FROM redemption_share AS part
                CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(amount) FILTER (WHERE kind = 'redemption'), 0) AS discount,
                        COALESCE(sum(amount) FILTER (WHERE kind = 'fee'), 0) AS fee
                    FROM transfer
                    WHERE transfer.retailer_id = \(retailer) AND transfer.cause_kind = 'redemption'
                        AND transfer.cause_id = \(fragment: publicID("redemption", "claim.redemption_id"))
                        AND transfer.debit_account_id = part.account_id
                ) AS moved
                WHERE part.retailer_id = \(retailer) AND part.redemption_id = claim.redemption_id
            ) AS share
            WHERE claim.retailer_id = \(retailer) AND \(fragment: range.holds("claim.redemption_id"))
                AND (share.discount <> claim.funded_amount OR share.fee <> claim.fee_amount OR share.wrong > 0)
            """
        })
}
