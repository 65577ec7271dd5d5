import Kernel
import Postgres

/// Checks of entries, one by one.
extension LedgerCheck {
    static let countersEqualEntries = LedgerCheck(
        "counters_equal_entries",
        "Posted debits and credits of an account are the sums of its entries, and its number is its last entry's.", .counters)

    static let entriesGapFree = LedgerCheck(
        "entries_gap_free", "The entries of an account are numbered from 1 without a gap.",
        .entries { retailer, spans in
            """
            SELECT span.account_id::text,
                format('%s entries numbered %s to %s', count(entry.seq), span.from_seq, span.through_seq)
            FROM \(fragment: spans.entries(of: retailer))
            GROUP BY span.account_id, span.from_seq, span.through_seq
            HAVING count(entry.seq) <> span.through_seq - span.from_seq + 1
            """
        })

    static let balanceChain = LedgerCheck(
        "balance_chain", "The balance after an entry is the balance before it plus its amount.",
        .entries { retailer, spans in
            """
            SELECT format('%s/%s', span.account_id, entry.seq),
                format('%s after %s and %s', entry.balance_after, COALESCE(entry.balance_before, 0), entry.amount)
            FROM unnest(\(spans.accounts), \(spans.from), \(spans.through)) AS span (account_id, from_seq, through_seq)
            CROSS JOIN LATERAL (
                SELECT numbered.seq, numbered.amount, numbered.balance_after,
                    lag(numbered.balance_after) OVER (ORDER BY numbered.seq) AS balance_before
                FROM entry AS numbered
                WHERE numbered.retailer_id = \(retailer) AND numbered.account_id = span.account_id
                    AND numbered.seq BETWEEN span.from_seq - 1 AND span.through_seq
            ) AS entry
            WHERE entry.seq >= span.from_seq AND entry.balance_after <> COALESCE(entry.balance_before, 0) + entry.amount
            """
        })

    static let entriesMatchTransfers = LedgerCheck(
        "entries_match_transfers", "An entry is one side of its transfer: its account and its amount, with the right sign.",
        .entries { retailer, spans in
            """
            SELECT format('%s/%s', entry.account_id, entry.seq),
                format('%s of transfer %s', entry.amount, entry.transfer_id)
            FROM \(fragment: spans.entries(of: retailer))
            LEFT JOIN LATERAL (
                SELECT moved.debit_account_id, moved.credit_account_id, moved.amount
                FROM transfer AS moved
                WHERE moved.retailer_id = \(retailer) AND moved.transfer_id = entry.transfer_id
                OFFSET 0
            ) AS transfer ON true
            WHERE entry.seq IS NOT NULL AND entry.amount IS DISTINCT FROM CASE entry.account_id
                WHEN transfer.debit_account_id THEN -transfer.amount
                WHEN transfer.credit_account_id THEN transfer.amount
            END
            """
        })
}
