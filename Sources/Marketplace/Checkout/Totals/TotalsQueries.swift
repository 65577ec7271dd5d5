import Campaigns
import Kernel
import Postgres

extension Transaction {
    func toldUntil(at retailer: RetailerID) throws -> Instant? {
        try first("SELECT told_until FROM totals_told WHERE retailer_id = \(retailer)") { row in try row.next() }
    }

    func beginTelling(at retailer: RetailerID, from instant: Instant) throws {
        try execute(
            """
            INSERT INTO totals_told (retailer_id, told_until)
            VALUES (\(retailer), \(instant))
            ON CONFLICT (retailer_id) DO NOTHING
            """)
    }

    /// False where another node is at it, or was.
    func lockTold(at retailer: RetailerID, _ told: Instant) throws -> Bool {
        try first(
            """
            SELECT 1
            FROM totals_told
            WHERE retailer_id = \(retailer) AND told_until = \(told)
            FOR UPDATE SKIP LOCKED
            """
        ) { row in try row.next(Int32.self) } != nil
    }

    func tell(until instant: Instant, at retailer: RetailerID) throws {
        try execute("UPDATE totals_told SET told_until = \(instant) WHERE retailer_id = \(retailer)")
    }

    /// Of suppliers' campaigns, by quarter-hour of posting; those in which nothing moved are left out. Indexes:
    /// redemption_by_campaign, redemption_return_posted.
    func totals(of retailer: RetailerID, from: Instant, until: Instant) throws -> [CampaignTotal] {
        try query(
            """
            WITH moved AS (
                SELECT campaign.campaign_id, campaign.supplier_id,
                    date_bin('15 minutes', redemption.posted_at, 'epoch'::timestamptz) AS quarter, redemption.units,
                    share.discount, share.fee, redemption.borne_amount AS borne,
                    0::bigint AS back_units, 0::bigint AS back_discount, 0::bigint AS back_fee, 0::bigint AS back_borne
                FROM campaign
                JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.campaign_id = campaign.campaign_id
                    AND redemption.posted_at >= \(from) AND redemption.posted_at < \(until)
                CROSS JOIN LATERAL (
                    SELECT COALESCE(sum(redemption_share.discount_amount), 0) AS discount,
                        COALESCE(sum(redemption_share.fee_amount), 0) AS fee
                    FROM redemption_share
                    JOIN account ON account.retailer_id = \(retailer) AND account.account_id = redemption_share.account_id
                    WHERE redemption_share.retailer_id = \(retailer)
                        AND redemption_share.redemption_id = redemption.redemption_id
                        AND account.supplier_id = campaign.supplier_id
                ) AS share
                WHERE campaign.retailer_id = \(retailer) AND campaign.supplier_id IS NOT NULL
                UNION ALL
                SELECT campaign.campaign_id, campaign.supplier_id,
                    date_bin('15 minutes', back.posted_at, 'epoch'::timestamptz), 0, 0, 0, 0, back.units,
                    CASE WHEN account.supplier_id = campaign.supplier_id THEN back.discount_amount ELSE 0 END,
                    CASE WHEN account.supplier_id = campaign.supplier_id THEN back.fee_amount ELSE 0 END,
                    CASE WHEN account.supplier_id = campaign.supplier_id THEN back.borne_amount ELSE 0 END
                FROM redemption_return AS back
                JOIN account ON account.retailer_id = \(retailer) AND account.account_id = back.account_id
                JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.redemption_id = back.redemption_id
                JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = redemption.campaign_id
                WHERE back.retailer_id = \(retailer) AND back.posted_at >= \(from) AND back.posted_at < \(until)
                    AND campaign.supplier_id IS NOT NULL
            )
            SELECT campaign_id, supplier_id, quarter, sum(units)::bigint, sum(discount)::bigint, sum(fee)::bigint,
                sum(borne)::bigint, sum(back_units)::bigint, sum(back_discount)::bigint, sum(back_fee)::bigint,
                sum(back_borne)::bigint
            FROM moved
            GROUP BY campaign_id, supplier_id, quarter
            ORDER BY quarter, campaign_id
            """
        ) { row in
            CampaignTotal(
                campaign: try row.next(), supplier: try row.next(), from: try row.next(),
                sold: try CampaignTotal.Part(row: &row), returned: try CampaignTotal.Part(row: &row))
        }
    }
}

extension CampaignTotal.Part {
    fileprivate init(row: inout Row) throws {
        units = try row.next()
        discountMinor = try row.next()
        feeMinor = try row.next()
        borneMinor = try row.next()
    }
}
