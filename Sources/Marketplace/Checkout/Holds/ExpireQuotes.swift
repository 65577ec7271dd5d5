import Kernel
import Ledger
import Postgres

/// Held quotes whose time is up give back money and limits, whoever comes to it first: a decision that needs them, or the
/// sweeper. The posting has locked every account that their holds are on.
extension Transaction {
    /// Ends those of these quotes that are still kept and whose time is up.
    func expire(_ quotes: [QuoteID], in posting: inout Posting) throws {
        guard !quotes.isEmpty else { return }
        let expired = try markExpired(quotes, at: posting.now, of: posting.retailer)
        for hold in posting.holds.values.sorted(by: { $0.id < $1.id }) where expired.contains(QuoteID(hold.quote)) {
            posting.expire(hold.id)
        }
        try releaseLimits(of: expired.sorted(), at: posting.retailer)
    }

    /// Counts as free what quotes still keep of these accounts though their time is up, for a quote that keeps and writes
    /// nothing. Read after the balances: what is ended in between is counted once or not at all.
    func free(
        dueOn accounts: [AccountID], _ money: inout [Identifier: Int64], _ counters: inout CountersLeft,
        at retailer: RetailerID
    ) throws {
        let due = try dueQuotes(on: accounts, at: retailer)
        guard !due.isEmpty else { return }
        for hold in try holds(ofQuotes: due.map(\.value), at: retailer) where hold.state == .pending {
            money[hold.account.value]? += hold.amount
        }
        let quotes = HeldQuotes(try heldQuotes(due, of: retailer))
        for quote in due where quotes.isPending(quote) {
            for (key, count) in quotes.kept(by: quote) { counters.take(-count, of: key) }
        }
    }

    /// Quotes that keep money of these accounts though their time is up. Index: `hold_pending`, which a clock that goes on while the
    /// statement runs could not use.
    func dueQuotes(on accounts: [AccountID], at retailer: RetailerID) throws -> [QuoteID] {
        try query(
            """
            SELECT DISTINCT quote_id
            FROM (
                SELECT quote_id
                FROM hold
                WHERE retailer_id = \(retailer) AND account_id = ANY (\(accounts)) AND state = 'pending'
                    AND expires_at <= statement_timestamp()
                ORDER BY account_id, expires_at
                LIMIT \(QuoteSweeper.quotesMax)
            ) AS due
            ORDER BY quote_id
            """
        ) { row in try row.next() }
    }

    /// The retailer's quotes whose time is up, the oldest first. Index: `held_quote_due`.
    func dueQuotes(of retailer: RetailerID) throws -> [QuoteID] {
        try query(
            """
            SELECT quote_id
            FROM held_quote
            WHERE retailer_id = \(retailer) AND state = 'pending' AND expires_at <= statement_timestamp()
            ORDER BY expires_at
            LIMIT \(QuoteSweeper.quotesMax)
            """
        ) { row in try row.next() }
    }

    private func markExpired(_ quotes: [QuoteID], at now: Instant, of retailer: RetailerID) throws -> Set<QuoteID> {
        Set(
            try query(
                """
                UPDATE held_quote
                SET state = 'expired', resolved_at = \(now)
                WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes)) AND state = 'pending' AND expires_at <= \(now)
                RETURNING quote_id
                """
            ) { row in try row.next(QuoteID.self) })
    }
}
