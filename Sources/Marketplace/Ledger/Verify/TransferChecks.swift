import Kernel
import Postgres

extension CheckedRows {
    static let transfers = CheckedRows(followsEntries: true) { retailer, after, limit in
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
            SELECT transfer.transfer_id::text, format('%s entries, sum %s', sides.entries, sides.amount)
            FROM transfer
            CROSS JOIN LATERAL (
                SELECT count(entry.seq) AS entries, sum(entry.amount) AS amount
                FROM entry
                WHERE entry.retailer_id = \(retailer) AND entry.transfer_id = transfer.transfer_id
            ) AS sides
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND (sides.entries <> 2 OR sides.amount <> 0)
            """
        })

    static let assetsAgree = LedgerCheck(
        "assets_agree", "A transfer counts in the asset of both of its accounts.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text,
                format('%s between %s and %s', transfer.asset, COALESCE(debit.asset, 'none'), COALESCE(credit.asset, 'none'))
            FROM transfer
            LEFT JOIN LATERAL (
                SELECT account.asset FROM account
                WHERE account.retailer_id = \(retailer) AND account.account_id = transfer.debit_account_id
                OFFSET 0
            ) AS debit ON true
            LEFT JOIN LATERAL (
                SELECT account.asset FROM account
                WHERE account.retailer_id = \(retailer) AND account.account_id = transfer.credit_account_id
                OFFSET 0
            ) AS credit ON true
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND (debit.asset IS DISTINCT FROM transfer.asset OR credit.asset IS DISTINCT FROM transfer.asset)
            """
        })

    static let ownersAgree = LedgerCheck(
        "owners_agree",
        "A transfer is about one supplier's money at most, and it and its entries name the owners of their accounts.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text,
                format('%s between accounts of %s and %s, %s entries of others', COALESCE(transfer.supplier_id::text, 'none'),
                    COALESCE(debit.supplier_id::text, 'none'), COALESCE(credit.supplier_id::text, 'none'), sides.strange)
            FROM transfer
            LEFT JOIN LATERAL (
                SELECT account.supplier_id FROM account
                WHERE account.retailer_id = \(retailer) AND account.account_id = transfer.debit_account_id
                OFFSET 0
            ) AS debit ON true
            LEFT JOIN LATERAL (
                SELECT account.supplier_id FROM account
                WHERE account.retailer_id = \(retailer) AND account.account_id = transfer.credit_account_id
                OFFSET 0
            ) AS credit ON true
            CROSS JOIN LATERAL (
                SELECT count(entry.seq) AS strange
                FROM entry
                WHERE entry.retailer_id = \(retailer) AND entry.transfer_id = transfer.transfer_id
                    AND entry.supplier_id IS DISTINCT FROM CASE entry.account_id
                        WHEN transfer.debit_account_id THEN debit.supplier_id
                        ELSE credit.supplier_id
                    END
                OFFSET 0
            ) AS sides
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND (transfer.supplier_id IS DISTINCT FROM COALESCE(debit.supplier_id, credit.supplier_id)
                    OR debit.supplier_id <> credit.supplier_id OR sides.strange > 0)
            """
        })

    static let reversalsWithinOriginals = LedgerCheck(
        "reversals_within_originals", "What undoes a transfer goes the other way between its accounts, and not beyond it.",
        .rows(.transfers) { retailer, range in
            """
            SELECT undoing.transfer_id::text,
                format('%s of %s undone', undoing.amount, COALESCE(original.amount::text, 'a missing transfer'))
            FROM transfer AS undoing
            LEFT JOIN LATERAL (
                SELECT undone.transfer_id, undone.amount, undone.debit_account_id, undone.credit_account_id
                FROM transfer AS undone
                WHERE undone.retailer_id = \(retailer) AND undone.transfer_id = undoing.reverses_id
                OFFSET 0
            ) AS original ON true
            WHERE undoing.retailer_id = \(retailer) AND \(fragment: range.holds("undoing.transfer_id"))
                AND undoing.reverses_id IS NOT NULL
                AND (original.transfer_id IS NULL OR undoing.amount > original.amount
                    OR undoing.debit_account_id <> original.credit_account_id
                    OR undoing.credit_account_id <> original.debit_account_id)
            """
        })

    static let correctionsHaveTheirPaper = LedgerCheck(
        "corrections_have_their_paper", "A correcting transfer belongs to a correction that two persons agreed on.",
        .rows(.transfers) { retailer, range in
            """
            SELECT transfer.transfer_id::text, format('correction of %s without its row', transfer.amount)
            FROM transfer
            LEFT JOIN correction
                ON correction.retailer_id = \(retailer) AND correction.transfer_id = transfer.transfer_id
            WHERE transfer.retailer_id = \(retailer) AND \(fragment: range.holds("transfer.transfer_id"))
                AND transfer.kind = 'correction' AND correction.correction_id IS NULL
                AND transfer.cause_kind NOT IN ('dispute', 'dispute_fee')
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
                AND transfer.kind IN ('top_up', 'allocation')
                AND (transfer.kind = 'top_up' AND top_up.top_up_id IS NULL
                    OR transfer.kind = 'allocation' AND allocation.allocation_id IS NULL)
            """
        })
}
