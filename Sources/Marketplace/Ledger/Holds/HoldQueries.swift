package import Kernel
package import Postgres

extension Transaction {
    func holds(_ ids: some Collection<HoldID>, of retailer: RetailerID) throws -> [Hold] {
        guard !ids.isEmpty else { return [] }
        return try query(
            """
            SELECT hold_id, account_id, quote_id, amount, posted_amount, state, expires_at, created_at, resolved_at
            FROM hold
            WHERE retailer_id = \(retailer) AND hold_id = ANY (\(Array(ids)))
            """, { row in try Hold(row: &row) })
    }

    /// Served by `hold_by_quote`.
    package func holds(ofQuotes quotes: [Identifier], at retailer: RetailerID) throws -> [Hold] {
        try query(
            """
            SELECT hold_id, account_id, quote_id, amount, posted_amount, state, expires_at, created_at, resolved_at
            FROM hold
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes))
            """, { row in try Hold(row: &row) })
    }

    /// Pending holds whose time is up, the oldest of each account first; of some accounts, or of all. Served by
    /// `hold_pending`.
    func dueHolds(
        of retailer: RetailerID, on accounts: [AccountID]?, except seen: [HoldID], at now: Instant, limit: Int
    ) throws -> [Hold] {
        try query(
            """
            SELECT hold_id, account_id, quote_id, amount, posted_amount, state, expires_at, created_at, resolved_at
            FROM hold
            WHERE retailer_id = \(retailer) AND state = 'pending' AND expires_at <= \(now)
                AND (\(accounts)::uuid[] IS NULL OR account_id = ANY (\(accounts)))
                AND hold_id <> ALL (\(seen))
            ORDER BY account_id, expires_at
            LIMIT \(limit)
            """, { row in try Hold(row: &row) })
    }

    func databaseClock() throws -> Instant { try one("SELECT clock_timestamp()") { row in try row.next() } }
}

extension Hold {
    init(row: inout Row) throws {
        id = try row.next()
        account = try row.next()
        quote = try row.next()
        amount = try row.next()
        postedAmount = try row.next()
        state = try row.next()
        expiresAt = try row.next()
        createdAt = try row.next()
        resolvedAt = try row.nextOptional()
    }
}
