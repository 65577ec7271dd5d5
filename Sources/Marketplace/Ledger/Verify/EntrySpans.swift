import Kernel
import Postgres

/// Entries of some accounts, by their numbers: at most `entriesMax` in all, so that reading them is short.
package struct EntrySpans: Sendable {
    static let entriesMax: Int64 = 20_000

    package private(set) var accounts: [AccountID] = []
    package private(set) var from: [Int64] = []
    package private(set) var through: [Int64] = []
    private(set) var count: Int64 = 0

    init() {}

    /// The first of these spans, at most `max` entries in all; empty ones are left out.
    init(_ spans: [(account: AccountID, from: Int64, through: Int64)], max: Int64) {
        for span in spans where span.from <= span.through && count < max {
            add(span.account, span.from, min(span.through, span.from + max - count - 1))
        }
    }

    /// Cuts the entries of each account after what its anchor trusts into groups of spans.
    static func cutting(_ anchors: [AccountAnchor]) -> [EntrySpans] {
        var groups: [EntrySpans] = []
        var group = EntrySpans()
        for anchor in anchors {
            var next = anchor.trusted.seq + 1
            while next <= anchor.seq {
                let through = min(anchor.seq, next + entriesMax - group.count - 1)
                group.add(anchor.account, next, through)
                next = through + 1
                if group.count == entriesMax {
                    groups.append(group)
                    group = EntrySpans()
                }
            }
        }
        return group.count == 0 ? groups : groups + [group]
    }

    /// `span` and its `entry` rows, all null where it has none. OFFSET 0 keeps PostgreSQL from joining by anything but the
    /// key, span by span, also while it knows nothing yet of how large the table has become.
    func entries(of retailer: RetailerID) -> SQL {
        """
        unnest(\(accounts), \(from), \(through)) AS span (account_id, from_seq, through_seq)
        LEFT JOIN LATERAL (
            SELECT numbered.account_id, numbered.seq, numbered.transfer_id, numbered.amount, numbered.balance_after
            FROM entry AS numbered
            WHERE numbered.retailer_id = \(retailer) AND numbered.account_id = span.account_id
                AND numbered.seq BETWEEN span.from_seq AND span.through_seq
            OFFSET 0
        ) AS entry ON true
        """
    }

    private mutating func add(_ account: AccountID, _ from: Int64, _ through: Int64) {
        accounts.append(account)
        self.from.append(from)
        self.through.append(through)
        count += through - from + 1
    }
}

/// An account at one moment: its entries up to `seq` never change again, so they may be read later and in parts.
struct AccountAnchor: Sendable {
    let account: AccountID
    let debits: Int64
    let credits: Int64
    let seq: Int64
    /// The number of the last entry at the same moment.
    let lastEntry: Int64
    /// What is not looked at again: the last closing before the day since which is verified, or nothing.
    let trusted: TrustedBalance
}

/// What an account had after its entry `seq`, by a closing.
struct TrustedBalance: Sendable, Hashable {
    let seq: Int64
    /// Minor units: credits minus debits.
    let balance: Int64

    static let none = TrustedBalance(seq: 0, balance: 0)
}

extension Transaction {
    func anchors(
        of retailer: RetailerID, since day: BusinessDay?, after account: AccountID?, limit: Int
    ) throws -> [AccountAnchor] {
        try query(
            """
            SELECT account.account_id, account.debits_posted, account.credits_posted, account.seq,
                COALESCE((
                    SELECT entry.seq
                    FROM entry
                    WHERE entry.retailer_id = \(retailer) AND entry.account_id = account.account_id
                    ORDER BY entry.seq DESC
                    LIMIT 1
                ), 0), COALESCE(closing.seq, 0), COALESCE(closing.balance, 0)
            FROM account
            LEFT JOIN LATERAL (
                SELECT before.seq, before.balance
                FROM account_closing AS before
                WHERE before.retailer_id = \(retailer) AND before.account_id = account.account_id AND before.day < \(day)
                ORDER BY before.day DESC
                LIMIT 1
            ) AS closing ON true
            WHERE account.retailer_id = \(retailer) AND (\(account)::uuid IS NULL OR account.account_id > \(account))
            ORDER BY account.account_id
            LIMIT \(limit)
            """
        ) { row in
            AccountAnchor(
                account: try row.next(), debits: try row.next(), credits: try row.next(), seq: try row.next(),
                lastEntry: try row.next(), trusted: TrustedBalance(seq: try row.next(), balance: try row.next()))
        }
    }

    /// The transfers of entries.
    func transfers(of retailer: RetailerID, over spans: EntrySpans) throws -> [Identifier] {
        try query(
            "SELECT DISTINCT entry.transfer_id FROM \(fragment: spans.entries(of: retailer)) WHERE entry.seq IS NOT NULL"
        ) { row in try row.next() }
    }

    /// Debits and credits of entries, by account.
    func sums(of retailer: RetailerID, over spans: EntrySpans) throws -> [(account: AccountID, debits: Int64, credits: Int64)] {
        try query(
            """
            SELECT span.account_id, COALESCE(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0)::bigint,
                COALESCE(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0)::bigint
            FROM \(fragment: spans.entries(of: retailer))
            GROUP BY span.account_id
            """
        ) { row in (try row.next(), try row.next(), try row.next()) }
    }
}
