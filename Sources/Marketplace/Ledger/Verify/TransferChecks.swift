import Kernel
import Postgres

extension CheckedRows {
    static let transfers = CheckedRows { retailer, after, limit in
        """
        SELECT transfer_id AS key FROM transfer
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR transfer_id > \(after))
        ORDER BY transfer_id LIMIT \(limit)
        """
    }
}

/// Checks of transfers.
extension LedgerCheck {
    static let transfersHaveTwoEntries = LedgerCheck(
        "transfers_have_two_entries", "A transfer has exactly two entries, which sum to zero.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text, format('%s entries, sum %s', count(entry.seq), COALESCE(sum(entry.amount), 0))
            FROM transfer
            LEFT JOIN entry ON entry.retailer_id = \(retailer) AND entry.transfer_id = transfer.transfer_id
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
            GROUP BY transfer.transfer_id
            HAVING count(entry.seq) <> 2 OR sum(entry.amount) <> 0
            """
        })

    static let assetsAgree = LedgerCheck(
        "assets_agree", "A transfer counts in the asset of both of its accounts.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text,
                format('%s between %s and %s', transfer.asset, COALESCE(debit.asset, 'none'), COALESCE(credit.asset, 'none'))
            FROM transfer
            LEFT JOIN account AS debit
                ON debit.retailer_id = \(retailer) AND debit.account_id = transfer.debit_account_id
            LEFT JOIN account AS credit
                ON credit.retailer_id = \(retailer) AND credit.account_id = transfer.credit_account_id
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND (debit.asset IS DISTINCT FROM transfer.asset OR credit.asset IS DISTINCT FROM transfer.asset)
            """
        })

    static let reversalsWithinOriginals = LedgerCheck(
        "reversals_within_originals", "What undoes a transfer goes the other way between its accounts, and not beyond it.",
        .rows(.transfers) { retailer, range in
            """
            SELECT undoing.transfer_id::text,
                format('%s of %s undone', undoing.amount, COALESCE(original.amount::text, 'a missing transfer'))
            FROM transfer AS undoing
            LEFT JOIN transfer AS original
                ON original.retailer_id = \(retailer) AND original.transfer_id = undoing.reverses_id
            WHERE undoing.retailer_id = \(retailer) AND \(fragment: range.holds("undoing.transfer_id"))
                AND undoing.reverses_id IS NOT NULL
                AND (original.transfer_id IS NULL OR undoing.amount > original.amount
                    OR undoing.debit_account_id <> original.credit_account_id
                    OR undoing.credit_account_id <> original.debit_account_id)
            """
        })

    static let moneyInHasItsPaper = LedgerCheck(
        "money_in_has_its_paper", "A transfer that brings money in belongs to a credited top-up or to an allocation.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text, format('%s of %s without its row', transfer.kind, transfer.amount)
            FROM transfer
            LEFT JOIN top_up ON top_up.retailer_id = \(retailer) AND top_up.transfer_id = transfer.transfer_id
            LEFT JOIN allocation ON allocation.retailer_id = \(retailer) AND allocation.transfer_id = transfer.transfer_id
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND (transfer.kind = 'top_up' AND top_up.top_up_id IS NULL
                    OR transfer.kind = 'allocation' AND allocation.allocation_id IS NULL)
            """
        })
}
