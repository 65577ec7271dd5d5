package import Kernel
package import Postgres
import Tenancy

/// Counts what campaigns spent from the entries of their accounts, after they are committed and off the tills' path, so that
/// whoever asks for a spend adds only what came since. An account's entries are numbered without a gap and never change: how far
/// they were counted is one number, written with the sums. Any number of nodes may run it: at one retailer one works at a time.
package struct SpendCounter: Sendable {
    package static let secondsBetween: Int64 = 5
    /// Entries of one transaction.
    static let entriesMax: Int64 = 5_000
    /// Accounts with fewer are left to the next round.
    package static let entriesLeft: Int64 = 200
    static let accountsMax = 200
    /// Entries that an answer adds to what was counted.
    static let entriesReadMax: Int64 = 50_000

    private let database: Database
    private let entriesLeft: Int64

    /// - Parameter entriesLeft: fewer on an account are left to be added when somebody asks; at least 1.
    package init(_ database: Database, entriesLeft: Int64 = SpendCounter.entriesLeft) {
        precondition(entriesLeft > 0, "an account without entries has nothing to count")
        self.database = database
        self.entriesLeft = entriesLeft
    }

    /// All retailers. Returns the number of entries that were counted.
    @discardableResult
    package func count() async throws -> Int64 {
        var counted: Int64 = 0
        try await database.forEachRetailer { counted += try await count($0) }
        return counted
    }

    /// One retailer's entries, until few are left on each account.
    @discardableResult
    package func count(_ retailer: RetailerID) async throws -> Int64 {
        var counted: Int64 = 0
        while true {
            let due = try await database.read(as: .retailer(retailer)) { tx in
                try tx.uncounted(of: retailer, atLeast: entriesLeft, limit: Self.accountsMax)
            }
            guard !due.isEmpty else { return counted }
            let accounts = due.map(\.account)
            let done = try await database.transaction(as: .retailer(retailer)) { tx in
                try tx.countSpend(of: accounts, atLeast: entriesLeft, at: retailer)
            }
            guard done > 0 else { return counted }
            counted += done
        }
    }
}

extension Transaction {
    /// Adds up the next entries of these accounts. 0 where another node is at it.
    fileprivate func countSpend(of accounts: [Identifier], atLeast entries: Int64, at retailer: RetailerID) throws -> Int64 {
        let name = "count spend of \(retailer)"
        let isMine = try one("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))") { row in try row.next(Bool.self) }
        guard isMine else { return 0 }
        let spans = try uncounted(
            of: retailer, among: accounts, atLeast: entries, limit: SpendCounter.accountsMax
        ).first(SpendCounter.entriesMax)
        guard !spans.isEmpty else { return 0 }
        try add(try spent(over: spans, at: retailer), at: retailer)
        try markCounted(spans, at: retailer)
        return spans.reduce(0) { $0 + $1.count }
    }

    /// Accounts of campaigns and wallets with so many entries that were not counted, by id.
    fileprivate func uncounted(
        of retailer: RetailerID, among accounts: [Identifier]? = nil, atLeast entries: Int64, limit: Int
    ) throws -> [SpendSpan] {
        try query(
            """
            SELECT account.account_id, account.kind = 'campaign', COALESCE(counted.seq, 0), account.seq
            FROM account
            LEFT JOIN spend_counted AS counted ON counted.retailer_id = \(retailer)
                AND counted.account_id = account.account_id
            WHERE account.retailer_id = \(retailer) AND account.kind IN ('campaign', 'wallet')
                AND account.seq - COALESCE(counted.seq, 0) >= \(entries)
                AND (\(accounts)::uuid[] IS NULL OR account.account_id = ANY (\(accounts)))
            ORDER BY account.account_id
            LIMIT \(limit)
            """
        ) { row in
            SpendSpan(
                account: try row.next(), isCampaigns: try row.next(), after: try row.next(), through: try row.next())
        }
    }

    private func add(_ sums: [SpendKey: SpentSums], at retailer: RetailerID) throws {
        let new = sums.sorted { ($0.key.campaign, $0.key.account) < ($1.key.campaign, $1.key.account) }
        guard !new.isEmpty else { return }
        try execute(
            """
            INSERT INTO campaign_spent AS spent (
                retailer_id, campaign_id, account_id, put_in, discounts, fees, returned, units, redemptions
            )
            SELECT \(retailer), new.campaign_id, new.account_id, new.put_in, new.discounts, new.fees, new.returned, new.units,
                new.redemptions
            FROM unnest(
                \(new.map(\.key.campaign)), \(new.map(\.key.account)), \(new.map(\.value.putIn)),
                \(new.map(\.value.discounts)), \(new.map(\.value.fees)), \(new.map(\.value.returned)),
                \(new.map(\.value.units)), \(new.map(\.value.redemptions))
            ) AS new (campaign_id, account_id, put_in, discounts, fees, returned, units, redemptions)
            ON CONFLICT (retailer_id, campaign_id, account_id) DO UPDATE
            SET put_in = spent.put_in + EXCLUDED.put_in, discounts = spent.discounts + EXCLUDED.discounts,
                fees = spent.fees + EXCLUDED.fees, returned = spent.returned + EXCLUDED.returned,
                units = spent.units + EXCLUDED.units, redemptions = spent.redemptions + EXCLUDED.redemptions
            """)
    }

    /// Each span once: whoever was second finds another number and takes its sums back.
    private func markCounted(_ spans: [SpendSpan], at retailer: RetailerID) throws {
        let marked = try execute(
            """
            INSERT INTO spend_counted AS counted (retailer_id, account_id, seq)
            SELECT \(retailer), new.account_id, new.through_seq
            FROM unnest(\(spans.map(\.account)), \(spans.map(\.through))) AS new (account_id, through_seq)
            ON CONFLICT (retailer_id, account_id) DO UPDATE
            SET seq = EXCLUDED.seq
            WHERE counted.seq = (
                SELECT old.after_seq
                FROM unnest(\(spans.map(\.account)), \(spans.map(\.after))) AS old (account_id, after_seq)
                WHERE old.account_id = counted.account_id
            )
            """)
        guard marked == spans.count else { throw DatabaseError.rowCount(expected: spans.count, found: marked) }
    }
}
