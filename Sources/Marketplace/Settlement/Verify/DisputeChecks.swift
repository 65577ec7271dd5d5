import Kernel
import Ledger
import Postgres

extension CheckedRows {
    static let disputes = CheckedRows { retailer, after, limit in
        """
        SELECT dispute_id AS key FROM dispute
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR dispute_id > \(after))
        ORDER BY dispute_id LIMIT \(limit)
        """
    }

    static let settlementTransfers = CheckedRows(followsEntries: true) { retailer, after, limit in
        """
        SELECT transfer_id AS key FROM transfer
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR transfer_id > \(after))
        ORDER BY transfer_id LIMIT \(limit)
        """
    }
}

/// Checks of what disputes gave back.
extension LedgerCheck {
    static let disputesEqualTransfers = LedgerCheck(
        "disputes_equal_transfers",
        "A settled dispute gave back what was upheld and its fee to the supplier's wallet, by two persons, and with what came back otherwise no more than was paid.",
        .rows(.disputes) { retailer, range in
            """
            SELECT dispute.dispute_id::text,
                format('%s upheld, fee %s; transferred %s and %s; back in all %s and %s of %s and %s', dispute.upheld_amount,
                    dispute.fee_amount, COALESCE(moved.amount, 0), COALESCE(moved_fee.amount, 0),
                    back.discount + dispute.upheld_amount, back.fee + dispute.fee_amount, paid.discount, paid.fee)
            FROM dispute
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = dispute.wallet_id
            \(fragment: moved("moved", by: "dispute.transfer_id", at: retailer))
            \(fragment: moved("moved_fee", by: "dispute.fee_transfer_id", at: retailer))
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(discount_amount + borne_amount), 0) AS discount, COALESCE(sum(fee_amount), 0) AS fee
                FROM redemption_return
                WHERE redemption_return.retailer_id = \(retailer)
                    AND redemption_return.redemption_id = dispute.redemption_id
                    AND redemption_return.account_id = dispute.account_id
            ) AS back
            CROSS JOIN LATERAL (
                SELECT COALESCE(sum(part.discount), 0) AS discount, COALESCE(sum(part.fee), 0) AS fee
                FROM (
                    SELECT discount_amount AS discount, fee_amount AS fee
                    FROM redemption_share
                    WHERE redemption_share.retailer_id = \(retailer) AND NOT dispute.is_borne
                        AND redemption_share.redemption_id = dispute.redemption_id
                        AND redemption_share.account_id = dispute.account_id
                    UNION ALL
                    SELECT borne_amount, 0
                    FROM redemption
                    WHERE redemption.retailer_id = \(retailer) AND dispute.is_borne
                        AND redemption.redemption_id = dispute.redemption_id
                        AND redemption.borne_account_id = dispute.account_id
                ) AS part
            ) AS paid
            WHERE dispute.retailer_id = \(retailer) AND \(fragment: range.holds("dispute.dispute_id"))
                AND dispute.state = 'settled'
                AND (COALESCE(moved.amount, 0) <> dispute.upheld_amount OR COALESCE(moved_fee.amount, 0) <> dispute.fee_amount
                    OR moved.source <> 'payable' OR moved.credit_account_id <> wallet.account_id
                    OR moved_fee.source <> 'fee' OR moved_fee.credit_account_id <> wallet.account_id
                    OR back.discount + dispute.upheld_amount > paid.discount OR back.fee + dispute.fee_amount > paid.fee
                    OR dispute.settled_by_person = dispute.decided_by_person)
            """
        })

    private static func moved(_ name: SQL, by column: SQL, at retailer: RetailerID) -> SQL {
        """
        LEFT JOIN LATERAL (
            SELECT transfer.amount, transfer.credit_account_id, source.kind AS source
            FROM transfer
            JOIN account AS source ON source.retailer_id = \(retailer) AND source.account_id = transfer.debit_account_id
            WHERE transfer.retailer_id = \(retailer) AND transfer.transfer_id = \(fragment: column)
                AND transfer.kind = 'correction'
        ) AS \(fragment: name) ON true
        """
    }

    static let disputeTransfersHaveTheirPaper = LedgerCheck(
        "dispute_transfers_have_their_paper", "A transfer that names a dispute belongs to one that was settled.",
        .rows(.settlementTransfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text, format('%s of %s without its dispute', transfer.cause_kind, transfer.amount)
            FROM transfer
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND transfer.cause_kind IN ('dispute', 'dispute_fee')
                AND NOT EXISTS (
                    SELECT FROM dispute
                    WHERE dispute.retailer_id = \(retailer) AND dispute.state = 'settled'
                        AND transfer.transfer_id IN (dispute.transfer_id, dispute.fee_transfer_id)
                )
            """
        })
}
