import Kernel
import Postgres

extension CheckedRows {
    static let corrections = CheckedRows { retailer, after, limit in
        """
        SELECT correction_id AS key FROM correction
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR correction_id > \(after))
        ORDER BY correction_id LIMIT \(limit)
        """
    }

    static let topUps = CheckedRows { retailer, after, limit in
        """
        SELECT top_up_id AS key FROM top_up
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR top_up_id > \(after))
        ORDER BY top_up_id LIMIT \(limit)
        """
    }

    static let allocations = CheckedRows { retailer, after, limit in
        """
        SELECT allocation_id AS key FROM allocation
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR allocation_id > \(after))
        ORDER BY allocation_id LIMIT \(limit)
        """
    }
}

/// Checks of the papers behind money that came in.
extension LedgerCheck {
    static let topUpsEqualTransfers = LedgerCheck(
        "top_ups_equal_transfers", "A credited top-up is a transfer of what was received, from the bank to its wallet.",
        .rows(.topUps) { retailer, range in
            """
            SELECT top_up.top_up_id::text,
                format('%s, received %s, transferred %s', top_up.state, top_up.received_amount,
                    COALESCE(transfer.amount::text, 'nothing'))
            FROM top_up
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = top_up.wallet_id
            LEFT JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = top_up.transfer_id
            LEFT JOIN account AS bank
                ON bank.retailer_id = \(retailer) AND bank.account_id = transfer.debit_account_id
            WHERE top_up.retailer_id = \(retailer) AND \(fragment: range.holds("top_up.top_up_id"))
                AND top_up.state = 'credited'
                AND (transfer.kind IS DISTINCT FROM 'top_up' OR transfer.amount <> top_up.received_amount
                    OR transfer.credit_account_id <> wallet.account_id OR bank.kind IS DISTINCT FROM 'external')
            """
        })

    static let correctionsEqualTransfers = LedgerCheck(
        "corrections_equal_transfers",
        "A posted correction is a transfer that undoes the one it names, asked for by one person and approved by another.",
        .rows(.corrections) { retailer, range in
            """
            SELECT correction.correction_id::text,
                format('%s of transfer %s, transferred %s', correction.amount, correction.corrected_id,
                    COALESCE(transfer.amount::text, 'nothing'))
            FROM correction
            LEFT JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = correction.transfer_id
            WHERE correction.retailer_id = \(retailer) AND \(fragment: range.holds("correction.correction_id"))
                AND correction.state = 'posted'
                AND (transfer.kind IS DISTINCT FROM 'correction' OR transfer.amount <> correction.amount
                    OR transfer.reverses_id IS DISTINCT FROM correction.corrected_id
                    OR correction.decided_by_person IS NOT DISTINCT FROM correction.requested_by_person)
            """
        })

    static let allocationsEqualTransfers = LedgerCheck(
        "allocations_equal_transfers", "An allocation is a transfer of its amount into one of the retailer's own wallets.",
        .rows(.allocations) { retailer, range in
            """
            SELECT allocation.allocation_id::text,
                format('allocated %s, transferred %s', allocation.amount, COALESCE(transfer.amount::text, 'nothing'))
            FROM allocation
            JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = allocation.wallet_id
            LEFT JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = allocation.transfer_id
            LEFT JOIN account AS budget
                ON budget.retailer_id = \(retailer) AND budget.account_id = transfer.debit_account_id
            WHERE allocation.retailer_id = \(retailer) AND \(fragment: range.holds("allocation.allocation_id"))
                AND (transfer.kind IS DISTINCT FROM 'allocation' OR transfer.amount <> allocation.amount
                    OR transfer.credit_account_id <> wallet.account_id OR budget.kind IS DISTINCT FROM 'allocation'
                    OR wallet.supplier_id IS NOT NULL)
            """
        })
}
