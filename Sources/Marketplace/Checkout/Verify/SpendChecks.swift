import Kernel
import Ledger
import Postgres

extension CheckedRows {
    /// One at a time: all that was ever counted of an account is summed in one statement.
    static let countedAccounts = CheckedRows(slice: 1) { retailer, after, limit in
        """
        SELECT account_id AS key FROM spend_counted
        WHERE retailer_id = \(retailer) AND (\(after)::uuid IS NULL OR account_id > \(after))
        ORDER BY account_id LIMIT \(limit)
        """
    }
}

extension LedgerCheck {
    static let spendEqualsEntries = LedgerCheck(
        "spend_equals_entries", "What was counted of campaigns' spends is what the counted entries moved for them.",
        .rows(.countedAccounts) { retailer, range in
            """
            SELECT counted.account_id::text,
                format('through entry %s counted %s, moved %s', counted.seq, spent.sums, moved.sums)
            FROM spend_counted AS counted
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = counted.account_id
            CROSS JOIN LATERAL (
                SELECT ARRAY[
                    COALESCE(sum(put_in), 0), COALESCE(sum(discounts), 0), COALESCE(sum(fees), 0), COALESCE(sum(returned), 0)
                ] AS sums
                FROM campaign_spent
                WHERE campaign_spent.retailer_id = \(retailer) AND campaign_spent.account_id = counted.account_id
            ) AS spent
            CROSS JOIN LATERAL (
                SELECT ARRAY[
                    COALESCE(sum(CASE kind WHEN 'launch' THEN transfer.amount WHEN 'release' THEN -transfer.amount END), 0),
                    COALESCE(sum(CASE kind WHEN 'redemption' THEN transfer.amount WHEN 'return' THEN -transfer.amount END), 0),
                    COALESCE(sum(CASE kind WHEN 'fee' THEN transfer.amount WHEN 'fee_return' THEN -transfer.amount END), 0),
                    COALESCE(sum(transfer.amount) FILTER (WHERE kind = 'close'), 0)
                ] AS sums
                FROM entry
                JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
                WHERE entry.retailer_id = \(retailer) AND entry.account_id = counted.account_id AND entry.seq <= counted.seq
                    AND transfer.campaign_id IS NOT NULL
                    AND (account.kind = 'campaign' OR transfer.kind IN ('return', 'fee_return'))
            ) AS moved
            WHERE counted.retailer_id = \(retailer) AND \(fragment: range.holds("counted.account_id"))
                AND (spent.sums <> moved.sums OR counted.seq > account.seq)
            """
        })
}
