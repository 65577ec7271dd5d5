import Campaigns
import Kernel
import Postgres
import Receipts

/// One account's part of a redemption, with what came back of it so far: what a return looks at. A supplier's wallet that
/// bore what no budget paid has a part too.
struct PaidRedemption: Sendable {
    let id: RedemptionID
    let campaign: CampaignID
    let key: StoredKey
    let lineNo: Int32
    let account: Identifier
    let wallet: Identifier
    /// The campaign is over: money goes to the wallet.
    let isClosed: Bool
    let isRunning: Bool
    /// Its money counts to the pace of its campaign.
    let isPaced: Bool
    /// The wallet of a supplier that bore an unfunded part, which is of the whole line.
    let isBorne: Bool
    let shopper: Int64?
    /// The business day for whose limits its units count.
    let countedOn: BusinessDay
    let units: Int64
    let quantityMilli: Int64
    let unit: LineUnit
    let paid: ReturnShare
    let before: ReturnShare
    /// Units of the redemption that went back to limits before, whichever account's row they stand on.
    let unitsBefore: Int64
    /// Thousandths of the line that came back in all, this return included.
    let returnedMilli: Int64
    let proof: RefundProof

    /// Pieces that were discounted, or the whole of a weighed line.
    var discountedMilli: Int64 { unit == .piece && !isBorne ? min(units * 1000, quantityMilli) : quantityMilli }
}

extension Transaction {
    /// The parts of the redemptions on these sold lines; what a settled dispute gave back came back too. Index: the primary
    /// keys, `return_line_by_original`, `dispute_settled`.
    func paidRedemptions(onLines lines: [SoldLineKey], at retailer: RetailerID) throws -> [PaidRedemption] {
        try query(
            """
            SELECT redemption.redemption_id, redemption.campaign_id, redemption.business_day, redemption.store_ordinal,
                redemption.till, redemption.shift, redemption.number, redemption.line_no, share.account_id,
                COALESCE(account.wallet_account_id, account.account_id), campaign.state = 'closed',
                campaign.state IN ('running', 'paused'), content.pacing IS NOT NULL, share.is_borne, redemption.shopper_key, redemption.counted_on, redemption.units,
                redemption.quantity_milli, redemption.unit, share.discount, share.fee, share.borne,
                COALESCE(back.discount, 0), COALESCE(back.fee, 0), COALESCE(back.borne, 0), units.before,
                COALESCE(line.returned, 0), redemption.base_amount, COALESCE(line.refunded, 0), redemption.claimed_amount,
                claims.amount
            FROM unnest(
                \(lines.map(\.key.businessDay)), \(lines.map(\.key.storeOrdinal)), \(lines.map(\.key.till)),
                \(lines.map(\.key.shift)), \(lines.map(\.key.number)), \(lines.map(\.lineNo))
            ) AS sold (business_day, store_ordinal, till, shift, number, line_no)
            JOIN redemption ON redemption.retailer_id = \(retailer) AND redemption.business_day = sold.business_day
                AND redemption.store_ordinal = sold.store_ordinal AND redemption.till = sold.till
                AND redemption.shift = sold.shift AND redemption.number = sold.number AND redemption.line_no = sold.line_no
            CROSS JOIN LATERAL (
                SELECT account_id, false AS is_borne, discount_amount AS discount, fee_amount AS fee, 0::bigint AS borne
                FROM redemption_share
                WHERE redemption_share.retailer_id = \(retailer)
                    AND redemption_share.redemption_id = redemption.redemption_id
                UNION ALL
                SELECT redemption.borne_account_id, true, 0, 0, redemption.borne_amount
                WHERE redemption.borne_amount > 0
            ) AS share
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = share.account_id
            JOIN campaign ON campaign.retailer_id = \(retailer) AND campaign.campaign_id = redemption.campaign_id
            JOIN campaign_version AS content ON content.retailer_id = \(retailer)
                AND content.campaign_id = campaign.campaign_id AND content.version = campaign.version
            \(fragment: gaveBack(at: retailer))
            \(fragment: cameBack(at: retailer))
            ORDER BY redemption.redemption_id, share.account_id
            """
        ) { row in
            PaidRedemption(
                id: try row.next(), campaign: try row.next(),
                key: StoredKey(
                    businessDay: try row.next(), storeOrdinal: try row.next(), till: try row.next(), shift: try row.next(),
                    number: try row.next()),
                lineNo: try row.next(), account: try row.next(), wallet: try row.next(), isClosed: try row.next(),
                isRunning: try row.next(), isPaced: try row.next(), isBorne: try row.next(), shopper: try row.nextOptional(),
                countedOn: try row.next(),
                units: try row.next(),
                quantityMilli: try row.next(), unit: try row.next(), paid: try ReturnShare(row: &row),
                before: try ReturnShare(row: &row), unitsBefore: try row.next(), returnedMilli: try row.next(),
                proof: RefundProof(
                    baseMinor: try row.next(), refundedMinor: try row.next(), claimedMinor: try row.next(),
                    claimedOnLineMinor: try row.next()))
        }
    }

    /// What returns, or a settled dispute, gave back of `share` before.
    private func gaveBack(at retailer: RetailerID) -> SQL {
        """
        LEFT JOIN LATERAL (
            SELECT sum(part.discount)::bigint AS discount, sum(part.fee)::bigint AS fee, sum(part.borne)::bigint AS borne
            FROM (
                SELECT discount_amount AS discount, fee_amount AS fee, borne_amount AS borne
                FROM redemption_return
                WHERE redemption_return.retailer_id = \(retailer)
                    AND redemption_return.redemption_id = redemption.redemption_id
                    AND redemption_return.account_id = share.account_id
                UNION ALL
                SELECT CASE WHEN is_borne THEN 0 ELSE upheld_amount END, fee_amount,
                    CASE WHEN is_borne THEN upheld_amount ELSE 0 END
                FROM dispute
                WHERE dispute.retailer_id = \(retailer) AND dispute.redemption_id = redemption.redemption_id
                    AND dispute.account_id = share.account_id AND dispute.state = 'settled'
            ) AS part
        ) AS back ON true
        """
    }

    /// Of `redemption` on the line `sold`: units that went back before, what tills claimed on the line, what came back of it.
    private func cameBack(at retailer: RetailerID) -> SQL {
        """
        CROSS JOIN LATERAL (
            SELECT COALESCE(sum(units), 0)::bigint AS before
            FROM redemption_return
            WHERE redemption_return.retailer_id = \(retailer)
                AND redemption_return.redemption_id = redemption.redemption_id
        ) AS units
        CROSS JOIN LATERAL (
            SELECT sum(other.claimed_amount)::bigint AS amount
            FROM redemption AS other
            WHERE other.retailer_id = \(retailer) AND other.business_day = sold.business_day
                AND other.store_ordinal = sold.store_ordinal AND other.till = sold.till AND other.shift = sold.shift
                AND other.number = sold.number AND other.line_no = sold.line_no
        ) AS claims
        LEFT JOIN LATERAL (
            SELECT sum(quantity_milli)::bigint AS returned, sum(amount)::bigint AS refunded
            FROM return_line
            WHERE return_line.retailer_id = \(retailer) AND original_business_day = sold.business_day
                AND original_store_ordinal = sold.store_ordinal AND original_till = sold.till
                AND original_shift = sold.shift AND original_number = sold.number AND original_line_no = sold.line_no
        ) AS line ON true
        """
    }

    /// The sold lines of a receipt of whose redemptions something was paid.
    func redeemedLines(of key: StoredKey, at retailer: RetailerID) throws -> [SoldLineKey] {
        try query(
            """
            SELECT DISTINCT line_no
            FROM redemption
            WHERE retailer_id = \(retailer) AND business_day = \(key.businessDay) AND store_ordinal = \(key.storeOrdinal)
                AND till = \(key.till) AND shift = \(key.shift) AND number = \(key.number)
                AND (funded_amount > 0 OR borne_amount > 0)
            ORDER BY line_no
            """
        ) { row in SoldLineKey(key: key, lineNo: try row.next()) }
    }
}

extension ReturnShare {
    fileprivate init(row: inout Row) throws {
        self.init(discountMinor: try row.next(), feeMinor: try row.next(), borneMinor: try row.next())
    }
}
