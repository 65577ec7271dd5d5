import Kernel
import Ledger
import Postgres

/// Which entries stand in a statement: of each account that moved, from one number through another.
struct StatementSpans: Sendable {
    private(set) var accounts: [AccountID] = []
    private(set) var from: [Int64] = []
    private(set) var through: [Int64] = []

    /// `entry` rows with their `transfer`, and with their account, whose fence holds for them too. OFFSET 0 keeps PostgreSQL
    /// from joining by anything but the keys, one after the other, also while it knows nothing yet of how large the tables
    /// have become.
    func entries(of retailer: RetailerID) -> SQL {
        """
        unnest(\(accounts), \(from), \(through)) AS span (account_id, from_seq, through_seq)
        JOIN LATERAL (
            SELECT FROM account WHERE account.retailer_id = \(retailer) AND account.account_id = span.account_id OFFSET 0
        ) AS fenced ON true
        JOIN LATERAL (
            SELECT numbered.transfer_id, numbered.amount
            FROM entry AS numbered
            WHERE numbered.retailer_id = \(retailer) AND numbered.account_id = span.account_id
                AND numbered.seq BETWEEN span.from_seq AND span.through_seq
            OFFSET 0
        ) AS entry ON true
        JOIN LATERAL (
            SELECT moved.transfer_id, moved.kind, moved.business_day, moved.campaign_id, moved.amount, moved.asset,
                moved.posted_at, moved.cause_kind, moved.cause_id
            FROM transfer AS moved
            WHERE moved.retailer_id = \(retailer) AND moved.transfer_id = entry.transfer_id
            OFFSET 0
        ) AS transfer ON true
        """
    }
}

extension Transaction {
    /// Of an open statement up to what stands now: one snapshot, so that both sides of a transfer are in it or neither.
    func spans(of head: StatementHead, at retailer: RetailerID) throws -> StatementSpans {
        let rows = try query(
            head.seal == nil
                ? "SELECT account_id, from_seq, through_seq FROM (\(fragment: openSpans(of: head, at: retailer))) AS span"
                : """
                SELECT account_id, from_seq, through_seq
                FROM statement_account
                WHERE retailer_id = \(retailer) AND statement_id = \(head.id)
                ORDER BY account_id
                """
        ) { row in (try row.next(AccountID.self), try row.next(Int64.self), try row.next(Int64.self)) }
        return StatementSpans(accounts: rows.map(\.0), from: rows.map(\.1), through: rows.map(\.2))
    }

    /// Per account what follows its last sealed entry. Served by the keys of `account`, `account_by_wallet` and
    /// `statement_account`.
    func openSpans(of head: StatementHead, at retailer: RetailerID) -> SQL {
        """
        SELECT account.account_id, account.supplier_id, COALESCE(done.through_seq, 0) + 1 AS from_seq,
            account.seq AS through_seq, COALESCE(done.closing_amount, 0) AS opening_amount
        FROM account
        LEFT JOIN LATERAL (
            SELECT through_seq, closing_amount
            FROM statement_account
            WHERE statement_account.retailer_id = \(retailer) AND statement_account.account_id = account.account_id
            ORDER BY from_seq DESC
            LIMIT 1
        ) AS done ON true
        WHERE account.retailer_id = \(retailer)
            AND (account.account_id = \(head.account) OR account.wallet_account_id = \(head.account))
            AND account.seq > COALESCE(done.through_seq, 0)
        """
    }

    func kindSums(over spans: StatementSpans, at retailer: RetailerID) throws -> [KindSum] {
        try query(
            """
            SELECT transfer.kind, COALESCE(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0)::bigint,
                COALESCE(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0)::bigint,
                COALESCE(sum(entry.amount) FILTER (WHERE transfer.cause_kind = \(Dispute.causeKind)), 0)::bigint
            FROM \(fragment: spans.entries(of: retailer))
            GROUP BY transfer.kind
            ORDER BY transfer.kind
            """
        ) { row in
            KindSum(kind: try row.next(), credits: try row.next(), debits: try row.next(), disputed: try row.next())
        }
    }
}
