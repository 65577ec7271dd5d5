import Kernel
import Ledger
import Postgres

extension CheckedRows {
    /// One at a time: all that was ever sold of a campaign is summed in one statement.
    static let campaigns = CheckedRows(slice: 1) { retailer, after, limit in
        """
        SELECT campaign_id AS key FROM campaign
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR campaign_id > \(after))
        ORDER BY campaign_id LIMIT \(limit)
        """
    }

    static let agreements = CheckedRows(slice: 20) { retailer, after, limit in
        """
        SELECT agreement_id AS key FROM agreement
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR agreement_id > \(after))
        ORDER BY agreement_id LIMIT \(limit)
        """
    }
}

/// Checks of what campaigns paid and gave in all.
extension LedgerCheck {
    static let campaignWithinBudget = LedgerCheck(
        "campaign_within_budget",
        "What a campaign's redemptions took and its quotes keep is within the budget that its wallets put in.",
        .rows(.campaigns) { retailer, range in
            """
            SELECT campaign.campaign_id::text,
                format('captured %s less %s that came back, reserved %s, of %s; launched with %s', sold.amount, moved.back,
                    kept.amount, put_in.amount, moved.launched)
            FROM campaign
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(budget_amount), 0) AS amount
                FROM campaign_funding AS funding
                WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id
            ) AS put_in
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(funded_amount + fee_amount), 0) AS amount
                FROM redemption
                WHERE redemption.retailer_id = \(retailer) AND redemption.campaign_id = campaign.campaign_id
            ) AS sold
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(CASE kind WHEN 'launch' THEN amount WHEN 'release' THEN -amount END), 0) AS launched,
                    COALESCE(sum(amount) FILTER (WHERE kind IN ('return', 'fee_return')), 0) AS back
                FROM transfer
                WHERE transfer.retailer_id = \(retailer) AND transfer.campaign_id = campaign.campaign_id
            ) AS moved
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(hold.amount), 0) AS amount
                FROM campaign_funding AS funding
                JOIN hold ON hold.retailer_id = \(retailer) AND hold.account_id = funding.account_id
                    AND hold.state = 'pending'
                WHERE funding.retailer_id = \(retailer) AND funding.campaign_id = campaign.campaign_id
            ) AS kept
            WHERE campaign.retailer_id = \(retailer) AND \(fragment: range.holds("campaign.campaign_id"))
                AND (sold.amount - moved.back + kept.amount > put_in.amount OR moved.launched <> put_in.amount)
            """
        })

    static let limitsEqualRedemptions = LedgerCheck(
        "limits_equal_redemptions",
        "What is used and held of a limit is what redemptions took, less what returns gave back, and what quotes keep.",
        .rows(.campaigns) { retailer, range in
            """
            SELECT format('%s %s %s %s', campaign_id, counter, subject, period),
                format('used %s, held %s of %s; redemptions %s, quotes %s', COALESCE(counted.used, 0),
                    COALESCE(counted.held, 0), counted.limit_units, COALESCE(fact.used, 0), COALESCE(fact.held, 0))
            FROM (
                SELECT campaign_id, counter, subject, period, used, held, limit_units, over_units
                FROM limit_counter
                WHERE retailer_id = \(retailer) AND \(fragment: range.holds("campaign_id"))
            ) AS counted
            FULL JOIN (
                SELECT moved.campaign_id, bound.counter, bound.subject, bound.period,
                    sum(CASE WHEN bound.is_money THEN moved.used_amount ELSE moved.used END) AS used,
                    sum(CASE WHEN bound.is_money THEN moved.held_amount ELSE moved.held END) AS held
                FROM (\(fragment: unitsMoved(of: retailer, in: range))) AS moved
                CROSS JOIN LATERAL (
                    VALUES ('units', '', '', true, false), ('units_per_store', 'store ' || moved.store_ordinal, '', true, false),
                        ('units_per_shopper', moved.shopper_key::text, '', true, false),
                        ('units_per_shopper_week', moved.shopper_key::text,
                            date_trunc('week', moved.business_day)::date::text,
                            date_trunc('week', moved.business_day) = date_trunc('week', moved.counts_on), false),
                        ('units_per_shopper_day', moved.shopper_key::text, moved.business_day::text,
                            moved.business_day = moved.counts_on, false),
                        ('amount_per_day', '', moved.business_day::text, moved.business_day = moved.counts_on, true),
                        ('amount_per_store', 'store ' || moved.store_ordinal, '', true, true),
                        ('amount_per_store_day', 'store ' || moved.store_ordinal, moved.business_day::text,
                            moved.business_day = moved.counts_on, true)
                ) AS bound (counter, subject, period, counts, is_money)
                JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = moved.campaign_id
                JOIN campaign_version AS content ON content.retailer_id = \(retailer)
                    AND content.campaign_id = moved.campaign_id AND content.version = campaign.version
                WHERE bound.counts AND bound.subject IS NOT NULL AND (
                    content.limits ->> bound.counter IS NOT NULL OR content.pacing ->> bound.counter IS NOT NULL
                    OR bound.counter = 'amount_per_day' AND (content.pacing ->> 'even')::boolean
                )
                GROUP BY moved.campaign_id, bound.counter, bound.subject, bound.period
            ) AS fact USING (campaign_id, counter, subject, period)
            WHERE COALESCE(counted.used, 0) <> COALESCE(fact.used, 0) OR COALESCE(counted.held, 0) <> COALESCE(fact.held, 0)
                OR counted.used + counted.held > counted.limit_units + counted.over_units
            """
        })

    /// Units and money that redemptions took, returns gave back to limits, and quotes keep: of which sale's day, and on which day they count.
    private static func unitsMoved(of retailer: RetailerID, in range: KeyRange) -> SQL {
        """
        SELECT campaign_id, shopper_key, store_ordinal, counted_on AS business_day, counted_on AS counts_on, units AS used,
            funded_amount + fee_amount AS used_amount, 0::bigint AS held, 0::bigint AS held_amount
        FROM redemption
        WHERE retailer_id = \(retailer) AND \(fragment: range.holds("campaign_id")) AND funded_amount > 0
        UNION ALL
        SELECT claim.campaign_id, claim.shopper_key, claim.store_ordinal, claim.counted_on, back.return_business_day, -back.units,
            -back.paced_amount, 0, 0
        FROM redemption AS claim
        JOIN redemption_return AS back ON back.retailer_id = \(retailer) AND back.redemption_id = claim.redemption_id
            AND (back.units > 0 OR back.paced_amount > 0)
        WHERE claim.retailer_id = \(retailer) AND \(fragment: range.holds("claim.campaign_id"))
        UNION ALL
        SELECT discount.campaign_id, quote.shopper_key, quote.store_ordinal, quote.business_day, quote.business_day, 0, 0,
            discount.units, discount.discount_amount + discount.fee_amount
        FROM held_quote AS quote
        JOIN held_discount AS discount ON discount.retailer_id = \(retailer) AND discount.quote_id = quote.quote_id
        WHERE quote.retailer_id = \(retailer) AND quote.state = 'pending' AND \(fragment: range.holds("discount.campaign_id"))
        """
    }
}
