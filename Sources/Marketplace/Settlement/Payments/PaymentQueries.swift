import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// Which payments are asked for.
struct PaymentFilter: Sendable {
    var only: PaymentID?
    var wallet: WalletID?
    var state: PaymentState?
    var after: PaymentID?
}

extension Transaction {
    /// Sealed statements of a wallet that may be paid and what is owed by each, the oldest first. Under the lock of its
    /// statements. Index: `statement_retailer_id_wallet_id_number_key`.
    func payableStatements(of wallet: WalletID, at retailer: RetailerID, limit: Int) throws -> [SettledStatement] {
        let rows = try query(
            """
            SELECT statement.statement_id, statement.redemption_amount + statement.borne_amount - statement.return_amount
                - statement.borne_return_amount - statement.disputed_amount, \(fragment: SettlementState.ofStatement)
            FROM statement
            \(fragment: SettlementState.joins(of: retailer))
            WHERE statement.retailer_id = \(retailer) AND statement.wallet_id = \(wallet) AND paid.payment_id IS NULL
            ORDER BY statement.number
            """
        ) { row in
            (
                statement: SettledStatement(id: try row.next(), owedMinor: try row.next()),
                state: try row.next(SettlementState.self)
            )
        }
        return Array(rows.lazy.filter(\.state.isPayable).map(\.statement).prefix(limit))
    }

    func insert(_ payment: Payment, of retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO payment (
                retailer_id, payment_id, wallet_id, supplier_id, state, method, amount, ordered_by_person, ordered_by_key,
                ordered_at, settlement_transfer_id
            )
            VALUES (
                \(retailer), \(payment.id), \(payment.wallet), \(payment.supplier), \(payment.state), \(payment.method),
                \(payment.amount.minor), \(payment.ordered.person), \(payment.ordered.key), \(payment.ordered.at),
                \(payment.settlement)
            )
            """)
        try execute(
            """
            INSERT INTO payment_statement (retailer_id, payment_id, statement_id, supplier_id, owed_amount)
            SELECT \(retailer), \(payment.id), settled.statement_id, \(payment.supplier), settled.owed_amount
            FROM unnest(\(payment.statements.map(\.id)), \(payment.statements.map(\.owedMinor)))
                AS settled (statement_id, owed_amount)
            """)
    }

    /// What was cancelled lets go of its statements.
    func update(_ payment: Payment, of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE payment
            SET state = \(payment.state), bank_reference = \(payment.bankReference), paid_on = \(payment.paidOn),
                ended_by_person = \(payment.ended?.person), ended_by_key = \(payment.ended?.key),
                ended_at = \(payment.ended?.at), cancel_reason = \(payment.cancelReason),
                end_transfer_id = \(payment.endTransfer)
            WHERE retailer_id = \(retailer) AND payment_id = \(payment.id)
            """)
        guard payment.state == .cancelled else { return }
        try execute(
            """
            UPDATE payment_statement SET is_released = true
            WHERE retailer_id = \(retailer) AND payment_id = \(payment.id)
            """)
    }

    func lockPayment(_ id: PaymentID, in books: Books) throws -> Payment? {
        guard let found = try payments(in: books, PaymentFilter(only: id), limit: 2).first else { return nil }
        try lockStatements(of: found.wallet, at: books.retailer)
        return try payments(in: books, PaymentFilter(only: id), limit: 2).first
    }

    /// By id, so by the time at which they were ordered.
    func payments(in books: Books, _ filter: PaymentFilter, limit: Int) throws -> [Payment] {
        try query(
            """
            SELECT payment.payment_id, payment.wallet_id, payment.supplier_id, payment.method, payment.amount,
                settled.ids, settled.owed, payment.ordered_by_person, payment.ordered_by_key, payment.ordered_at,
                payment.settlement_transfer_id, payment.state, payment.ended_by_person, payment.ended_by_key, payment.ended_at,
                payment.paid_on, payment.bank_reference, payment.cancel_reason, payment.end_transfer_id
            FROM payment
            CROSS JOIN LATERAL (
                SELECT array_agg(part.statement_id ORDER BY statement.number) AS ids,
                    array_agg(part.owed_amount ORDER BY statement.number) AS owed
                FROM payment_statement AS part
                JOIN statement ON statement.retailer_id = \(books.retailer) AND statement.statement_id = part.statement_id
                WHERE part.retailer_id = \(books.retailer) AND part.payment_id = payment.payment_id
            ) AS settled
            WHERE payment.retailer_id = \(books.retailer)
                AND (\(filter.only)::uuid IS NULL OR payment.payment_id = \(filter.only))
                AND (\(filter.wallet)::uuid IS NULL OR payment.wallet_id = \(filter.wallet))
                AND (\(filter.state)::text IS NULL OR payment.state = \(filter.state))
                AND (\(filter.after)::uuid IS NULL OR payment.payment_id > \(filter.after))
            ORDER BY payment.payment_id
            LIMIT \(limit)
            """, { row in try Payment(row: &row, in: books.asset) })
    }

    func paymentNeedsSecondPerson(at retailer: RetailerID) throws -> Bool {
        try policy(of: retailer).paymentNeedsSecondPerson
    }
}

extension Payment {
    fileprivate init(row: inout Row, in asset: Asset) throws {
        id = try row.next()
        wallet = try row.next()
        supplier = try row.nextOptional()
        method = try row.next()
        amount = Money(minor: try row.next(), asset: asset)
        let (ids, owed) = (try row.next([StatementID].self), try row.next([Int64].self))
        statements = zip(ids, owed).map(SettledStatement.init)
        ordered = Signature(person: try row.nextOptional(), key: try row.next(), at: try row.next())
        settlement = try row.next()
        let (state, ended) = (try row.next(PaymentState.self), try Signature(ifPresent: &row))
        let (day, reference) = (try row.nextOptional(BusinessDay.self), try row.nextOptional(String.self))
        let (reason, transfer) = (try row.nextOptional(String.self), try row.nextOptional(TransferID.self))
        switch (state, ended, day, reason, transfer) {
        case (.ordered, _, _, _, _): progress = .ordered
        case (.paid, let by?, let day?, _, let transfer?):
            progress = .paid(by: by, on: day, bankReference: reference, transfer: transfer)
        case (.cancelled, let by?, _, let reason?, let transfer?):
            progress = .cancelled(by: by, reason: reason, transfer: transfer)
        default: throw DatabaseError.decoding("a payment whose state and columns disagree")
        }
    }
}
