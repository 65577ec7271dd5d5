import Kernel
import Postgres

/// Checks of daily closing balances and of the chain of days.
extension LedgerCheck {
    static let closingsEqualEntries = LedgerCheck(
        "closings_equal_entries",
        "A closing is the balance after an entry that was posted within its day or before, and the next was posted after it.",
        .rows(.accountsOfManyDays) { retailer, range in
            """
            SELECT format('%s %s', closing.account_id, closing.day),
                format('%s after entry %s of %s; the entry has %s, posted %s, the next %s; day ends %s', closing.balance,
                    closing.seq, account.seq, COALESCE(entry.balance_after::text, 'none'), entry.posted_at, later.posted_at,
                    closed.ends_at)
            FROM account
            JOIN account_closing AS closing ON closing.retailer_id = \(retailer) AND closing.account_id = account.account_id
            LEFT JOIN ledger_day AS closed ON closed.retailer_id = \(retailer) AND closed.day = closing.day
            LEFT JOIN LATERAL (\(fragment: entry(of: retailer, at: "closing.seq"))) AS entry ON true
            LEFT JOIN LATERAL (\(fragment: entry(of: retailer, at: "closing.seq + 1"))) AS later ON true
            LEFT JOIN entry_seal AS seal ON seal.retailer_id = \(retailer) AND seal.account_id = closing.account_id
                AND seal.seq = closing.head_seq
            WHERE account.retailer_id = \(retailer) AND \(fragment: range.holds("account.account_id"))
                AND (entry.balance_after IS DISTINCT FROM closing.balance OR entry.posted_at >= closed.ends_at
                    OR later.posted_at < closed.ends_at OR seal.hash IS DISTINCT FROM closing.head)
            """
        })

    static let daysFollow = LedgerCheck(
        "days_follow", "Each closed day has the hash of its closings, chained to the day before, and no day is left out.",
        .days { retailer, days in
            """
            SELECT closed.day::text, format('%s accounts of %s, after %s', fact.accounts, closed.accounts,
                COALESCE(before.day::text, 'none'))
            FROM ledger_day AS closed
            LEFT JOIN LATERAL (
                SELECT earlier.day, earlier.hash
                FROM ledger_day AS earlier
                WHERE earlier.retailer_id = \(retailer) AND earlier.day < closed.day
                ORDER BY earlier.day DESC
                LIMIT 1
            ) AS before ON true
            CROSS JOIN LATERAL (
                SELECT count(closing.account_id) AS accounts,
                    sha256(COALESCE(before.hash, decode(repeat('00', 32), 'hex')) || COALESCE(string_agg(sha256(convert_to(
                        closing.account_id::text || '|' || to_char(closing.day, 'YYYY-MM-DD') || '|' || closing.seq || '|'
                            || closing.balance || '|' || COALESCE(encode(closing.head, 'hex'), ''), 'UTF8')), ''::bytea
                        ORDER BY closing.account_id), ''::bytea)) AS hash
                FROM account_closing AS closing
                WHERE closing.retailer_id = \(retailer) AND closing.day = closed.day
            ) AS fact
            WHERE closed.retailer_id = \(retailer) AND \(fragment: days.holds("closed.day"))
                AND (fact.hash <> closed.hash OR fact.accounts <> closed.accounts
                    OR closed.previous_hash IS DISTINCT FROM before.hash OR before.day <> closed.day - 1)
            """
        })

    /// An entry of a closing's account with the time of its posting.
    private static func entry(of retailer: RetailerID, at seq: StaticString) -> SQL {
        """
        SELECT numbered.balance_after, transfer.posted_at
        FROM entry AS numbered
        JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = numbered.transfer_id
        WHERE numbered.retailer_id = \(retailer) AND numbered.account_id = closing.account_id
            AND numbered.seq = \(raw: seq)
        """
    }
}
