import EventLog
import Kernel
import Postgres

extension Transaction {
    /// Until the end of the transaction; false where another holds it.
    func holdSealing(of retailer: RetailerID) throws -> Bool {
        let name = "seal entries of \(retailer)"
        return try one("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))") { row in try row.next(Bool.self) }
    }

    /// Where the chains of accounts stand, in the order of their ids. Served by the keys of `account` and `entry_seal`.
    func unsealed(
        of retailer: RetailerID, among accounts: [AccountID]? = nil, after account: AccountID? = nil,
        limit: Int = LedgerSealer.accountsMax
    ) throws -> [UnsealedEntries] {
        try query(
            """
            SELECT account.account_id, account.supplier_id, last.hash, COALESCE(last.seq, 0) + 1, account.seq
            FROM account
            LEFT JOIN LATERAL (
                SELECT seal.seq, seal.hash
                FROM entry_seal AS seal
                WHERE seal.retailer_id = \(retailer) AND seal.account_id = account.account_id
                ORDER BY seal.seq DESC
                LIMIT 1
            ) AS last ON true
            WHERE account.retailer_id = \(retailer) AND (\(accounts)::uuid[] IS NULL OR account.account_id = ANY (\(accounts)))
                AND (\(account)::uuid IS NULL OR account.account_id > \(account))
            ORDER BY account.account_id
            LIMIT \(limit)
            """
        ) { row in
            UnsealedEntries(
                account: try row.next(), supplier: try row.nextOptional(),
                head: try row.nextOptional(Bytes.self)?.array ?? Seal.origin, from: try row.next(), through: try row.next())
        }
    }

    /// Entries with their transfers, account by account in the order of their numbers.
    func sealedEntries(of retailer: RetailerID, over spans: EntrySpans) throws -> [SealedEntry] {
        try query(
            """
            SELECT entry.account_id, entry.seq, entry.amount, entry.balance_after, transfer.transfer_id, transfer.kind,
                transfer.debit_account_id, transfer.credit_account_id, transfer.amount, transfer.asset,
                transfer.campaign_id, transfer.cause_kind, transfer.cause_id, transfer.business_day, transfer.reverses_id,
                transfer.supplier_id, transfer.posted_at
            FROM \(fragment: spans.entries(of: retailer))
            JOIN LATERAL (
                SELECT moved.transfer_id, moved.kind, moved.debit_account_id, moved.credit_account_id, moved.amount,
                    moved.asset, moved.campaign_id, moved.cause_kind, moved.cause_id, moved.business_day,
                    moved.reverses_id, moved.supplier_id, moved.posted_at
                FROM transfer AS moved
                WHERE moved.retailer_id = \(retailer) AND moved.transfer_id = entry.transfer_id
                OFFSET 0
            ) AS transfer ON true
            ORDER BY entry.account_id, entry.seq
            """
        ) { row in
            let (account, seq, amount, balance) = (
                try row.next(AccountID.self), try row.next(Int64.self), try row.next(Int64.self), try row.next(Int64.self)
            )
            let transfer = try NewTransfer(try row.next(TransferID.self), row: &row)
            return SealedEntry(
                account: account, seq: seq, amount: amount, balanceAfter: balance, transfer: transfer,
                supplier: try row.nextOptional(), postedAt: try row.next())
        }
    }

    func insert(_ seals: [Seal], of retailer: RetailerID, at now: Instant) throws {
        try execute(
            """
            INSERT INTO entry_seal (retailer_id, account_id, seq, first_seq, hash, digests, supplier_id, sealed_at)
            SELECT \(retailer), new.account_id, new.seq, new.first_seq, new.hash, new.digests, new.supplier_id, \(now)
            FROM unnest(
                \(seals.map(\.account)), \(seals.map(\.through)), \(seals.map(\.from)), \(seals.map { Bytes($0.hash) }),
                \(seals.map { Bytes($0.digests) }), \(seals.map(\.supplier))
            ) AS new (account_id, seq, first_seq, hash, digests, supplier_id)
            """)
    }
}
