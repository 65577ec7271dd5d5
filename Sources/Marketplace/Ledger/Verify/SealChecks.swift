import Kernel
import Postgres

/// Checks of the chain of hashes. The hashes are worked out by PostgreSQL from the rows; the sealer has them from Swift.
extension LedgerCheck {
    static let sealsEqualEntries = LedgerCheck(
        "seals_equal_entries",
        "Each seal follows the one before it and is the hash of its entries and their transfers as they stand.",
        .entries { retailer, spans in
            """
            SELECT format('%s/%s', seal.account_id, COALESCE(changed.seq::text, format('%s..%s', seal.first_seq, seal.seq))),
                CASE
                    WHEN seal.first_seq <> COALESCE(before.seq, 0) + 1 THEN format('follows %s', COALESCE(before.seq, 0))
                    WHEN changed.seq IS NULL THEN 'the seal is not that of its entries and of the seal before'
                    ELSE 'is not what was sealed'
                END
            FROM \(fragment: seals(of: retailer, over: spans))
            LEFT JOIN LATERAL (
                SELECT earlier.seq, earlier.hash
                FROM entry_seal AS earlier
                WHERE earlier.retailer_id = \(retailer) AND earlier.account_id = seal.account_id AND earlier.seq < seal.seq
                ORDER BY earlier.seq DESC
                LIMIT 1
            ) AS before ON true
            CROSS JOIN LATERAL (
                SELECT array_agg(hashed.seq ORDER BY hashed.seq) AS numbers,
                    array_agg(substring(hashed.digest FROM 1 FOR 8) ORDER BY hashed.seq) AS digests,
                    sha256(COALESCE(before.hash, decode(repeat('00', 32), 'hex'))
                        || COALESCE(string_agg(hashed.digest, ''::bytea ORDER BY hashed.seq), ''::bytea)) AS hash
                FROM (\(fragment: digests(of: retailer))) AS hashed
            ) AS fact
            LEFT JOIN LATERAL (
                SELECT number.seq
                FROM generate_series(seal.first_seq, seal.seq) AS number (seq)
                LEFT JOIN unnest(fact.numbers, fact.digests) AS found (seq, digest) ON found.seq = number.seq
                WHERE found.digest IS DISTINCT FROM
                    substring(seal.digests FROM (number.seq - seal.first_seq)::int * 8 + 1 FOR 8)
            ) AS changed ON true
            WHERE fact.hash <> seal.hash OR changed.seq IS NOT NULL OR seal.first_seq <> COALESCE(before.seq, 0) + 1
            """
        })

    static let sealsWithinEntries = LedgerCheck(
        "seals_within_entries", "No seal is of entries that the account does not have.",
        .rows(.accounts) { retailer, range in
            """
            SELECT account.account_id::text, format('sealed through %s, but has entries through %s', last.seq, account.seq)
            FROM account
            CROSS JOIN LATERAL (
                SELECT max(seal.seq) AS seq
                FROM entry_seal AS seal
                WHERE seal.retailer_id = \(retailer) AND seal.account_id = account.account_id
            ) AS last
            WHERE account.retailer_id = \(retailer) AND \(fragment: range.holds("account.account_id"))
                AND last.seq > account.seq
            """
        })

    /// Seals that end within spans of entries: each stands in one span.
    private static func seals(of retailer: RetailerID, over spans: EntrySpans) -> SQL {
        """
        unnest(\(spans.accounts), \(spans.from), \(spans.through)) AS span (account_id, from_seq, through_seq)
        JOIN LATERAL (
            SELECT made.account_id, made.first_seq, made.seq, made.hash, made.digests
            FROM entry_seal AS made
            WHERE made.retailer_id = \(retailer) AND made.account_id = span.account_id
                AND made.seq BETWEEN span.from_seq AND span.through_seq
            OFFSET 0
        ) AS seal ON true
        """
    }

    /// The digests of one seal's entries: SHA-256 of the columns of entry and transfer, absent ones empty.
    private static func digests(of retailer: RetailerID) -> SQL {
        """
        SELECT numbered.seq, sha256(convert_to(
            numbered.account_id::text || '|' || numbered.seq || '|' || numbered.amount || '|' || numbered.balance_after
                || '|' || COALESCE(moved.text, ''), 'UTF8')) AS digest
        FROM entry AS numbered
        LEFT JOIN LATERAL (
            SELECT transfer.transfer_id::text || '|' || transfer.kind || '|' || transfer.debit_account_id::text || '|'
                || transfer.credit_account_id::text || '|' || transfer.amount || '|' || transfer.asset || '|'
                || COALESCE(transfer.campaign_id::text, '') || '|' || COALESCE(transfer.reverses_id::text, '') || '|'
                || to_char(transfer.business_day, 'YYYY-MM-DD') || '|'
                || (extract(epoch FROM transfer.posted_at) * 1000000)::bigint || '|'
                || COALESCE(transfer.supplier_id::text, '') || '|' || transfer.cause_kind || '|' || transfer.cause_id AS text
            FROM transfer
            WHERE transfer.retailer_id = \(retailer) AND transfer.transfer_id = numbered.transfer_id
            OFFSET 0
        ) AS moved ON true
        WHERE numbered.retailer_id = \(retailer) AND numbered.account_id = seal.account_id
            AND numbered.seq BETWEEN seal.first_seq AND seal.seq
        """
    }
}
