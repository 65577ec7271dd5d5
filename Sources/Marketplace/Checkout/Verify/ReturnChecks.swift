import Kernel
import Ledger
import Postgres

extension CheckedRows {
    static let redemptionTransfers = CheckedRows(followsEntries: true) { retailer, after, limit in
        """
        SELECT transfer_id AS key FROM transfer
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR transfer_id > \(after))
        ORDER BY transfer_id LIMIT \(limit)
        """
    }
}

extension LedgerCheck {
    static let returnsWithinOriginals = LedgerCheck(
        "returns_within_originals",
        "Returns give back no more of a redemption than it was, and by the transfers that they caused.",
        .rows(.redemptions) { retailer, range in
            """
            SELECT claim.redemption_id::text,
                format('back %s of %s, fee %s of %s, borne %s of %s, %s of %s units; transfers %s, %s, %s; %s accounts beyond',
                    back.discount, claim.funded_amount, back.fee, claim.fee_amount, back.borne, claim.borne_amount,
                    back.units, claim.units, moved.discount, moved.fee, moved.borne, beyond.accounts)
            FROM redemption AS claim
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(discount_amount), 0) AS discount, COALESCE(sum(fee_amount), 0) AS fee,
                    COALESCE(sum(borne_amount), 0) AS borne, COALESCE(sum(units), 0) AS units,
                    COALESCE(max(quantity_milli), 0) AS quantity
                FROM redemption_return
                WHERE redemption_return.retailer_id = \(retailer)
                    AND redemption_return.redemption_id = claim.redemption_id
            ) AS back
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(amount) FILTER (WHERE kind = 'return'), 0) AS discount,
                    COALESCE(sum(amount) FILTER (WHERE kind = 'fee_return'), 0) AS fee,
                    COALESCE(sum(amount) FILTER (WHERE kind = 'unfunded_return'), 0) AS borne
                FROM transfer
                WHERE transfer.retailer_id = \(retailer) AND transfer.cause_kind = 'redemption'
                    AND transfer.cause_id = \(fragment: publicID("redemption", "claim.redemption_id"))
            ) AS moved
            CROSS JOIN LATERAL (
                SELECT count(part.account_id) AS accounts
                FROM (
                    SELECT account_id, sum(discount_amount) AS discount, sum(fee_amount) AS fee
                    FROM redemption_return
                    WHERE redemption_return.retailer_id = \(retailer)
                        AND redemption_return.redemption_id = claim.redemption_id
                    GROUP BY account_id
                ) AS part
                LEFT JOIN redemption_share AS share ON share.retailer_id = \(retailer)
                    AND share.redemption_id = claim.redemption_id AND share.account_id = part.account_id
                WHERE part.discount > COALESCE(share.discount_amount, 0) OR part.fee > COALESCE(share.fee_amount, 0)
            ) AS beyond
            WHERE claim.retailer_id = \(retailer) AND \(fragment: range.holds("claim.redemption_id"))
                AND (back.discount > claim.funded_amount OR back.fee > claim.fee_amount OR back.borne > claim.borne_amount
                    OR back.units > claim.units OR back.quantity > claim.quantity_milli OR back.discount <> moved.discount
                    OR back.fee <> moved.fee OR back.borne <> moved.borne OR beyond.accounts > 0)
            """
        })

    static let transfersHaveRedemptions = LedgerCheck(
        "transfers_have_redemptions", "Money that moved for a redemption, or back, names one that is on file.",
        .rows(.redemptionTransfers) { retailer, range in
            """
            SELECT moved.transfer_id::text, format('%s of %s for %s %s', moved.kind, moved.amount, moved.cause_kind, moved.cause_id)
            FROM (
                SELECT transfer.transfer_id, transfer.kind, transfer.amount, transfer.cause_kind, transfer.cause_id,
                    CASE WHEN transfer.cause_kind = 'redemption' AND transfer.cause_id ~ '^redemption_[0-7][0-9a-z]{25}$'
                        THEN \(fragment: identifier(ofPublicID: "transfer.cause_id")) END AS redemption_id
                FROM transfer
                WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                    AND transfer.kind IN ('redemption', 'fee', 'unfunded', 'return', 'fee_return', 'unfunded_return')
                OFFSET 0
            ) AS moved
            WHERE NOT EXISTS (
                SELECT FROM redemption
                WHERE redemption.retailer_id = \(retailer) AND redemption.redemption_id = moved.redemption_id
            )
            """
        })

    static let borneWithinCaps = LedgerCheck(
        "borne_within_caps",
        "What a supplier bears is counted by agreement, reason and month, and is within the agreement's cap.",
        .rows(.agreements) { retailer, range in
            """
            SELECT format('%s %s %s', COALESCE(counted.agreement_id, borne.agreement_id),
                    COALESCE(counted.reason, borne.reason), COALESCE(counted.month, borne.month)),
                format('counted %s, borne %s, cap %s', COALESCE(counted.amount, 0), COALESCE(borne.amount, 0),
                    COALESCE(counted.cap, 'none'))
            FROM (
                SELECT sum.agreement_id, sum.reason, sum.month, sum.borne_amount AS amount,
                    agreement.unfunded_bearers -> sum.reason -> 'cap' ->> 'amount' AS cap
                FROM unfunded_borne AS sum
                JOIN agreement ON agreement.retailer_id = \(retailer) AND agreement.agreement_id = sum.agreement_id
                WHERE sum.retailer_id = \(retailer) AND \(fragment: range.holds("sum.agreement_id"))
            ) AS counted
            FULL JOIN (
                SELECT campaign.agreement_id, claim.reason, date_trunc('month', claim.business_day)::date AS month,
                    sum(claim.borne_amount - back.borne) AS amount
                FROM campaign
                JOIN redemption AS claim ON claim.retailer_id = \(retailer) AND claim.campaign_id = campaign.campaign_id
                    AND claim.borne_amount > 0
                CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(borne_amount), 0) AS borne
                    FROM redemption_return
                    WHERE redemption_return.retailer_id = \(retailer)
                        AND redemption_return.redemption_id = claim.redemption_id
                ) AS back
                WHERE campaign.retailer_id = \(retailer) AND \(fragment: range.holds("campaign.agreement_id"))
                GROUP BY campaign.agreement_id, claim.reason, date_trunc('month', claim.business_day)
            ) AS borne USING (agreement_id, reason, month)
            WHERE COALESCE(counted.amount, 0) <> COALESCE(borne.amount, 0)
                OR COALESCE(counted.amount, 0) > COALESCE(counted.cap::bigint, 0)
            """
        })
}
