import Kernel
import Postgres

extension Transaction {
    /// The next day to close that ended before a moment; nil where there is none. The first is
    /// one in which something had moved.
    func dayToClose(of retailer: RetailerID, at latest: Instant) throws -> EndedDay? {
        try first(
            """
            SELECT due.day, zone_instant(retailer.zone, (due.day + 1)::timestamp), last.hash
            FROM retailer
            LEFT JOIN LATERAL (
                SELECT closed.day, closed.hash
                FROM ledger_day AS closed
                WHERE closed.retailer_id = \(retailer)
                ORDER BY closed.day DESC
                LIMIT 1
            ) AS last ON true
            CROSS JOIN LATERAL (
                SELECT COALESCE(last.day + 1, (\(latest)::timestamptz AT TIME ZONE retailer.zone)::date - 1) AS day
            ) AS due
            WHERE retailer.retailer_id = \(retailer)
                AND zone_instant(retailer.zone, (due.day + 1)::timestamp) <= \(latest)
                AND (last.day IS NOT NULL OR EXISTS (
                    SELECT FROM account
                    JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = account.account_id AND entry.seq = 1
                    JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
                    WHERE account.retailer_id = \(retailer)
                        AND transfer.posted_at < zone_instant(retailer.zone, (due.day + 1)::timestamp)
                ))
            """
        ) { row in
            EndedDay(day: try row.next(), endsAt: try row.next(), previous: try row.nextOptional(Bytes.self)?.array)
        }
    }

    /// Accounts with entries after their last closing before a day, in the order of their ids. Served by the keys of `account`,
    /// `account_closing`, `entry` and `transfer`.
    func movedAccounts(
        of retailer: RetailerID, on day: EndedDay, after account: AccountID?, limit: Int
    ) throws -> [MovedAccount] {
        try query(
            """
            SELECT account.account_id, COALESCE(closing.seq, 0), account.seq, transfer.posted_at
            FROM account
            LEFT JOIN LATERAL (
                SELECT before.seq
                FROM account_closing AS before
                WHERE before.retailer_id = \(retailer) AND before.account_id = account.account_id AND before.day < \(day.day)
                ORDER BY before.day DESC
                LIMIT 1
            ) AS closing ON true
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = account.account_id
                AND entry.seq = account.seq
            JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
            WHERE account.retailer_id = \(retailer) AND (\(account)::uuid IS NULL OR account.account_id > \(account))
                AND account.seq > COALESCE(closing.seq, 0)
            ORDER BY account.account_id
            LIMIT \(limit)
            """
        ) { row in
            MovedAccount(account: try row.next(), previous: try row.next(), seq: try row.next(), postedAt: try row.next())
        }
    }

    /// When an entry was posted.
    func postedAt(_ account: AccountID, _ seq: Int64, of retailer: RetailerID) throws -> Instant {
        try one(
            """
            SELECT transfer.posted_at
            FROM entry
            JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = entry.transfer_id
            WHERE entry.retailer_id = \(retailer) AND entry.account_id = \(account) AND entry.seq = \(seq)
            """
        ) { row in try row.next() }
    }

    /// The closings of accounts, from the entries at which a day ends; those that stand are left.
    func insert(_ cuts: [AccountCut], on day: EndedDay, of retailer: RetailerID, at now: Instant) throws {
        guard !cuts.isEmpty else { return }
        try execute(
            """
            INSERT INTO account_closing (
                retailer_id, account_id, day, seq, balance, head_seq, head, supplier_id, closed_at
            )
            SELECT \(retailer), entry.account_id, \(day.day), entry.seq, entry.balance_after, head.seq, head.hash,
                account.supplier_id, \(now)
            FROM unnest(\(cuts.map(\.account)), \(cuts.map(\.seq))) AS cut (account_id, seq)
            JOIN account ON account.retailer_id = \(retailer) AND account.account_id = cut.account_id
            JOIN entry ON entry.retailer_id = \(retailer) AND entry.account_id = cut.account_id AND entry.seq = cut.seq
            LEFT JOIN LATERAL (
                SELECT seal.seq, seal.hash
                FROM entry_seal AS seal
                WHERE seal.retailer_id = \(retailer) AND seal.account_id = cut.account_id AND seal.seq <= cut.seq
                ORDER BY seal.seq DESC
                LIMIT 1
            ) AS head ON true
            ORDER BY entry.account_id
            ON CONFLICT DO NOTHING
            """)
    }

    /// In the order of the accounts' ids. Served by `account_closing_by_day`.
    func closings(of retailer: RetailerID, on day: BusinessDay, after account: AccountID?, limit: Int) throws -> [AccountClosing]
    {
        try query(
            """
            SELECT account_id, day, seq, balance, head
            FROM account_closing
            WHERE retailer_id = \(retailer) AND day = \(day) AND (\(account)::uuid IS NULL OR account_id > \(account))
            ORDER BY account_id
            LIMIT \(limit)
            """
        ) { row in
            AccountClosing(
                account: try row.next(), day: try row.next(), seq: try row.next(), balance: try row.next(),
                head: try row.nextOptional(Bytes.self)?.array)
        }
    }

    /// False where the day is closed already.
    func insert(_ day: EndedDay, accounts: Int, hash: [UInt8], of retailer: RetailerID, at now: Instant) throws -> Bool {
        try execute(
            """
            INSERT INTO ledger_day (retailer_id, day, ends_at, accounts, previous_hash, hash, closed_at)
            VALUES (
                \(retailer), \(day.day), \(day.endsAt), \(accounts), \(day.previous.map { Bytes($0) }), \(Bytes(hash)), \(now)
            )
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// The newest first.
    func ledgerDays(of retailer: RetailerID, before day: BusinessDay?, limit: Int) throws -> [LedgerDay] {
        try query(
            """
            SELECT day, accounts, hash, previous_hash, closed_at
            FROM ledger_day
            WHERE retailer_id = \(retailer) AND (\(day)::date IS NULL OR day < \(day))
            ORDER BY day DESC
            LIMIT \(limit)
            """
        ) { row in
            LedgerDay(
                day: try row.next(), accounts: Int(try row.next(Int32.self)), hash: try row.next(Bytes.self).array,
                previous: try row.nextOptional(Bytes.self)?.array, closedAt: try row.next())
        }
    }

    /// The newest first.
    func closings(of wallet: Wallet, at retailer: RetailerID, before day: BusinessDay?, limit: Int) throws -> [WalletClosing] {
        try query(
            """
            SELECT day, balance, seq
            FROM account_closing
            WHERE retailer_id = \(retailer) AND account_id = \(wallet.account) AND (\(day)::date IS NULL OR day < \(day))
            ORDER BY day DESC
            LIMIT \(limit)
            """
        ) { row in
            WalletClosing(
                day: try row.next(), balance: Money(minor: try row.next(), asset: wallet.asset), seq: try row.next())
        }
    }
}
