import Campaigns
import Checkout
import Kernel
import Ledger
import Parties
import Postgres

extension Transaction {
    /// To a supplier a redemption of another's campaign is not there, and others' shares neither.
    func openedRedemption(
        _ id: RedemptionID, of retailer: RetailerID, for reader: StatementReader, auditing agreement: AgreementID?
    ) throws -> OpenedRedemption? {
        let found = try first(
            """
            SELECT claim.business_day, claim.campaign_id, claim.campaign_version, retailer.asset, claim.allowed_amount,
                claim.fee_amount, claim.borne_amount, claim.reason, \(fragment: RedeemedFacts.columns)
            FROM redemption AS claim
            JOIN retailer ON retailer.retailer_id = claim.retailer_id
            \(fragment: RedeemedFacts.places(of: retailer))
            WHERE claim.retailer_id = \(retailer) AND claim.redemption_id = \(id)
                AND (\(agreement)::uuid IS NULL OR EXISTS (
                    SELECT FROM campaign
                    WHERE campaign.retailer_id = \(retailer) AND campaign.campaign_id = claim.campaign_id
                        AND campaign.agreement_id = \(agreement)
                ))
            """, { row in try OpenedRedemption(row: &row, for: reader) })
        guard var redemption = found else { return nil }
        redemption.shares = try shares(of: id, at: retailer)
        redemption.returns = try returns(of: id, at: retailer, for: reader)
        return redemption
    }

    private func shares(of id: RedemptionID, at retailer: RetailerID) throws -> [OpenedRedemption.Share] {
        try query(
            """
            SELECT wallet.wallet_id, share.discount_amount, share.fee_amount
            FROM redemption_share AS share
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = share.account_id
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.account_id = account.wallet_account_id
            WHERE share.retailer_id = \(retailer) AND share.redemption_id = \(id)
            ORDER BY wallet.wallet_id
            """
        ) { row in
            OpenedRedemption.Share(wallet: try row.next(), discountMinor: try row.next(), feeMinor: try row.next())
        }
    }

    private func returns(
        of id: RedemptionID, at retailer: RetailerID, for reader: StatementReader
    ) throws -> [OpenedRedemption.Return] {
        try query(
            """
            SELECT wallet.wallet_id, back.quantity_milli, back.discount_amount, back.fee_amount, back.borne_amount,
                store.store_id, back.return_business_day, back.return_till, back.return_shift, back.return_number,
                back.return_line_no
            FROM redemption_return AS back
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = back.account_id
            JOIN wallet ON wallet.retailer_id = \(retailer)
                AND wallet.account_id = COALESCE(account.wallet_account_id, account.account_id)
            JOIN store ON store.retailer_id = \(retailer) AND store.ordinal = back.return_store_ordinal
            WHERE back.retailer_id = \(retailer) AND back.redemption_id = \(id)
            ORDER BY back.quantity_milli, wallet.wallet_id, back.account_id
            """
        ) { row in
            OpenedRedemption.Return(
                wallet: try row.next(), quantityMilli: try row.next(), discountMinor: try row.next(),
                feeMinor: try row.next(), borneMinor: try row.next(),
                place: ReceiptPlace(
                    store: try row.next(), businessDay: try row.next(), till: try row.next(), shift: try row.next(),
                    number: try row.next(), lineNo: try row.next()), showsPlace: reader == .retailer)
        }
    }
}

extension OpenedRedemption {
    fileprivate init(row: inout Row, for reader: StatementReader) throws {
        businessDay = try row.next()
        campaign = try row.next()
        version = try row.nextOptional()
        asset = try row.next()
        allowedMinor = try row.next()
        feeMinor = try row.next()
        borneMinor = try row.next()
        reason = try row.nextOptional()
        let facts = try RedeemedFacts(row: &row)
        self.facts = reader.seen(facts) ?? facts
    }
}
