import EventLog
import Kernel
import Postgres

extension Transaction {
    /// The clock, and those of the transfers that were posted before. Run after the locks: a fresh snapshot sees what
    /// the holders of the locks before us committed.
    func clockAndPosted(
        _ ids: some Collection<TransferID>, of retailer: RetailerID
    ) throws -> (clock: Instant, posted: [(transfer: NewTransfer, at: Instant)]) {
        let rows = try query(
            """
            SELECT clock_timestamp(), transfer.transfer_id, transfer.kind, transfer.debit_account_id,
                transfer.credit_account_id, transfer.amount, transfer.asset, transfer.campaign_id, transfer.cause_kind,
                transfer.cause_id, transfer.business_day, transfer.reverses_id, transfer.posted_at
            FROM (VALUES (1)) AS once (one)
            LEFT JOIN transfer ON transfer.retailer_id = \(retailer) AND transfer.transfer_id = ANY (\(Array(ids)))
            """
        ) { row in
            let clock = try row.next(Instant.self)
            guard let id = try row.nextOptional(TransferID.self) else { return (clock, nil as (NewTransfer, Instant)?) }
            let transfer = try NewTransfer(id, row: &row)
            return (clock, (transfer, try row.next(Instant.self)))
        }
        guard let clock = rows.first?.0 else { throw DatabaseError.rowCount(expected: 1, found: 0) }
        return (clock, rows.compactMap { row in row.1.map { (transfer: $0.0, at: $0.1) } })
    }

    /// By the transfer that was undone, the one that undid it. Served by `transfer_reversed_once`.
    func reversals(of ids: some Collection<TransferID>, at retailer: RetailerID) throws -> [TransferID: TransferID] {
        guard !ids.isEmpty else { return [:] }
        let pairs = try query(
            """
            SELECT reverses_id, transfer_id
            FROM transfer
            WHERE retailer_id = \(retailer) AND reverses_id = ANY (\(Array(ids)))
            """
        ) { row in (try row.next(TransferID.self), try row.next(TransferID.self)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The transfer that undid another as a whole. Served by `transfer_reversed_once`.
    func undoingWhole(_ id: TransferID, of retailer: RetailerID) throws -> TransferID? {
        try first(
            """
            SELECT undoing.transfer_id
            FROM transfer AS undoing
            JOIN transfer AS undone ON undone.retailer_id = \(retailer) AND undone.transfer_id = undoing.reverses_id
            WHERE undoing.retailer_id = \(retailer) AND undoing.reverses_id = \(id) AND undoing.amount = undone.amount
            """, { row in try row.next() })
    }

    /// Writes what was decided in one round trip: one INSERT for each kind of row, one UPDATE for all accounts.
    func write(_ posting: Posting, at now: Instant) throws {
        var steps: [(sql: SQL, rows: Int)] = []
        if !posting.transfers.isEmpty {
            steps.append((insertTransfers(posting, at: now), posting.transfers.count))
            steps.append((insertEntries(posting), posting.entries.count))
        }
        if !posting.placedHolds.isEmpty { steps.append((insertHolds(posting), posting.placedHolds.count)) }
        if !posting.resolvedHolds.isEmpty { steps.append((resolveHolds(posting), posting.resolvedHolds.count)) }
        let changes = posting.accounts.values.filter { $0 != posting.locked[$0.id] }.sorted { $0.id < $1.id }
        if !changes.isEmpty { steps.append((update(changes, of: posting), changes.count)) }
        guard !steps.isEmpty else { return }
        let touched = try pipeline(steps.map(\.sql))
        for (step, count) in zip(steps, touched) where step.rows != count {
            throw DatabaseError.rowCount(expected: step.rows, found: count)
        }
    }

    /// In the order of the ids: two batches that meet on the unique index do not wait for each other crosswise.
    private func insertTransfers(_ posting: Posting, at now: Instant) -> SQL {
        let new = posting.transfers.sorted { $0.id < $1.id }
        return """
            INSERT INTO transfer (
                retailer_id, transfer_id, kind, debit_account_id, credit_account_id, amount, asset, campaign_id, cause_kind,
                cause_id, business_day, reverses_id, supplier_id, posted_at
            )
            SELECT \(posting.retailer), new.transfer_id, new.kind, new.debit_account_id, new.credit_account_id, new.amount,
                new.asset, new.campaign_id, new.cause_kind, new.cause_id, new.business_day, new.reverses_id,
                new.supplier_id, \(now)
            FROM unnest(
                \(new.map(\.id)), \(new.map(\.kind)), \(new.map(\.debit)), \(new.map(\.credit)), \(new.map(\.amount.minor)),
                \(new.map(\.amount.asset)), \(new.map(\.campaign)), \(new.map(\.cause.kind)), \(new.map(\.cause.id)),
                \(new.map(\.businessDay)), \(new.map(\.reverses)), \(new.map { posting.supplier(of: $0) })
            ) AS new (
                transfer_id, kind, debit_account_id, credit_account_id, amount, asset, campaign_id, cause_kind, cause_id,
                business_day, reverses_id, supplier_id
            )
            """
    }

    private func insertEntries(_ posting: Posting) -> SQL {
        let new = posting.entries
        return """
            INSERT INTO entry (retailer_id, account_id, seq, transfer_id, amount, balance_after, supplier_id)
            SELECT \(posting.retailer), new.account_id, new.seq, new.transfer_id, new.amount, new.balance_after,
                new.supplier_id
            FROM unnest(
                \(new.map(\.account)), \(new.map(\.seq)), \(new.map(\.transfer)), \(new.map(\.amount)),
                \(new.map(\.balanceAfter)), \(new.map { posting.accounts[$0.account]?.supplier })
            ) AS new (account_id, seq, transfer_id, amount, balance_after, supplier_id)
            """
    }

    private func insertHolds(_ posting: Posting) -> SQL {
        let new = posting.placedHolds.compactMap { posting.holds[$0] }.sorted { $0.id < $1.id }
        return """
            INSERT INTO hold (
                retailer_id, hold_id, account_id, quote_id, amount, posted_amount, state, expires_at, created_at, resolved_at,
                supplier_id
            )
            SELECT \(posting.retailer), new.hold_id, new.account_id, new.quote_id, new.amount, new.posted_amount, new.state,
                new.expires_at, new.created_at, new.resolved_at, new.supplier_id
            FROM unnest(
                \(new.map(\.id)), \(new.map(\.account)), \(new.map(\.quote)), \(new.map(\.amount)), \(new.map(\.postedAmount)),
                \(new.map(\.state)), \(new.map(\.expiresAt)), \(new.map(\.createdAt)), \(new.map(\.resolvedAt)),
                \(new.map { posting.accounts[$0.account]?.supplier })
            ) AS new (
                hold_id, account_id, quote_id, amount, posted_amount, state, expires_at, created_at, resolved_at, supplier_id
            )
            """
    }

    /// Conditional, though the account's lock stands: a hold is resolved once, whatever the code does.
    private func resolveHolds(_ posting: Posting) -> SQL {
        let resolved = posting.resolvedHolds.compactMap { posting.holds[$0] }
        return """
            UPDATE hold
            SET state = done.state, posted_amount = done.posted_amount, resolved_at = \(posting.now)
            FROM unnest(\(resolved.map(\.id)), \(resolved.map(\.state)), \(resolved.map(\.postedAmount)))
                AS done (hold_id, state, posted_amount)
            WHERE hold.retailer_id = \(posting.retailer) AND hold.hold_id = done.hold_id AND hold.state = 'pending'
            """
    }

    private func update(_ accounts: [Account], of posting: Posting) -> SQL {
        """
        UPDATE account
        SET debits_pending = new.debits_pending, debits_posted = new.debits_posted, credits_posted = new.credits_posted,
            seq = new.seq, put_in = new.put_in
        FROM unnest(
            \(accounts.map(\.id)), \(accounts.map(\.debitsPending)), \(accounts.map(\.debitsPosted)),
            \(accounts.map(\.creditsPosted)), \(accounts.map(\.seq)), \(accounts.map(\.putIn))
        ) AS new (account_id, debits_pending, debits_posted, credits_posted, seq, put_in)
        WHERE account.retailer_id = \(posting.retailer) AND account.account_id = new.account_id
        """
    }
}

extension NewTransfer {
    /// Reads the columns after the id.
    init(_ id: TransferID, row: inout Row) throws {
        let kind = try row.next(TransferKind.self)
        let (debit, credit) = (try row.next(AccountID.self), try row.next(AccountID.self))
        let amount = Money(minor: try row.next(), asset: try row.next())
        let campaign = try row.nextOptional(Identifier.self)
        let cause = EventSubject(kind: try row.next(), id: try row.next())
        self.init(
            id: id, kind: kind, debit: debit, credit: credit, amount: amount, campaign: campaign, cause: cause,
            businessDay: try row.next(), reverses: try row.nextOptional())
    }
}
