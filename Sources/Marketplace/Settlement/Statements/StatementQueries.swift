import HTTPSupport
import Kernel
import Ledger
import Parties
import Postgres

/// Which statements are asked for.
struct StatementFilter: Sendable {
    let page: PageRequest
    let supplier: SupplierID?
    /// The only one that an auditor may see.
    let agreement: AgreementID?
    let wallet: WalletID?
    let state: StatementState?
    let settlement: SettlementState?
    /// Statements after this one, by wallet and number.
    private(set) var after: (wallet: WalletID, number: Int64)?

    init(_ fields: Fields, auditing agreement: AgreementID?) {
        page = PageRequest(fields)
        self.agreement = agreement
        supplier = fields.idIfPresent("supplier_id")
        wallet = fields.idIfPresent("wallet_id")
        state = fields.wordIfPresent("state")
        settlement = fields.wordIfPresent("settlement_state")
        guard let cursor = page.after else { return }
        let parts = cursor.split(separator: " ")
        if parts.count == 2, let wallet = WalletID(String(parts[0])), let number = Int64(parts[1]) {
            after = (wallet, number)
        } else {
            fields.refuse("cursor", "bad_cursor", "Is of another list.")
        }
    }

    static func cursor(of head: StatementHead) -> String { "\(head.wallet) \(head.number)" }
}

extension Transaction {
    func statementHeads(of retailer: RetailerID, _ filter: StatementFilter) throws -> [StatementHead] {
        try query(
            """
            SELECT \(fragment: Self.headColumns)
            FROM (\(fragment: headRows(of: retailer))) AS head
            WHERE (\(filter.supplier)::uuid IS NULL OR head.supplier_id = \(filter.supplier))
                AND (\(filter.agreement)::uuid IS NULL OR head.agreement_id = \(filter.agreement))
                AND (\(filter.wallet)::uuid IS NULL OR head.wallet_id = \(filter.wallet))
                AND (\(filter.state?.rawValue)::text IS NULL OR (head.sealed_at IS NULL) = (\(filter.state?.rawValue) = 'open'))
                AND (\(filter.settlement)::text IS NULL OR head.settlement_state = \(filter.settlement))
                AND (\(filter.after?.wallet)::uuid IS NULL
                    OR (head.wallet_id, head.number) > (\(filter.after?.wallet), \(filter.after?.number)::bigint))
            ORDER BY head.wallet_id, head.number
            LIMIT \(filter.page.limit + 1)
            """, { row in try StatementHead(row: &row) })
    }

    /// To an auditor those of other agreements are not there.
    func statementHead(
        _ id: StatementID, of retailer: RetailerID, auditing agreement: AgreementID? = nil
    ) throws -> StatementHead? {
        try first(
            """
            SELECT \(fragment: Self.headColumns)
            FROM (\(fragment: headRows(of: retailer))) AS head
            WHERE head.statement_id = \(id)
                AND (\(agreement)::uuid IS NULL OR head.agreement_id = \(agreement))
            """, { row in try StatementHead(row: &row) })
    }

    private static var headColumns: SQL {
        """
        head.statement_id, head.wallet_id, head.account_id, head.supplier_id, head.agreement_id, head.asset, head.number,
            head.opened_at, head.sealed_at, head.next_statement_id, head.opening_amount, head.closing_amount,
            head.settlement_state, head.acknowledged_at, head.payment_id
        """
    }

    /// Sealed statements, and of each wallet the open one with what it has now.
    private func headRows(of retailer: RetailerID) -> SQL {
        """
        SELECT statement.statement_id, statement.wallet_id, wallet.account_id, statement.supplier_id, wallet.agreement_id,
            account.asset, statement.number, statement.opened_at, statement.sealed_at, statement.next_statement_id,
            statement.opening_amount, statement.closing_amount, \(fragment: SettlementState.ofStatement) AS settlement_state,
            acknowledgement.acknowledged_at, paid.payment_id
        FROM statement
        JOIN wallet ON wallet.retailer_id = \(retailer) AND wallet.wallet_id = statement.wallet_id
        JOIN account ON account.retailer_id = \(retailer) AND account.account_id = wallet.account_id
        \(fragment: SettlementState.joins(of: retailer))
        WHERE statement.retailer_id = \(retailer)
        UNION ALL
        SELECT COALESCE(last.next_statement_id, wallet.wallet_id), wallet.wallet_id, wallet.account_id, wallet.supplier_id,
            wallet.agreement_id, account.asset, COALESCE(last.number, 0) + 1, COALESCE(last.sealed_at, wallet.created_at),
            NULL, NULL, COALESCE(last.closing_amount, 0),
            account.credits_posted - account.debits_posted + COALESCE(campaigns.posted, 0)::bigint, NULL, NULL, NULL
        FROM wallet
        JOIN account ON account.retailer_id = \(retailer) AND account.account_id = wallet.account_id
        LEFT JOIN LATERAL (
            SELECT next_statement_id, number, sealed_at, closing_amount
            FROM statement
            WHERE statement.retailer_id = \(retailer) AND statement.wallet_id = wallet.wallet_id
            ORDER BY number DESC
            LIMIT 1
        ) AS last ON true
        CROSS JOIN LATERAL (
            SELECT sum(funded.credits_posted - funded.debits_posted) AS posted
            FROM account AS funded
            WHERE funded.retailer_id = \(retailer) AND funded.wallet_account_id = wallet.account_id
        ) AS campaigns
        WHERE wallet.retailer_id = \(retailer)
        """
    }
}

extension StatementHead {
    fileprivate init(row: inout Row) throws {
        id = try row.next()
        wallet = try row.next()
        account = try row.next()
        supplier = try row.nextOptional()
        agreement = try row.nextOptional()
        asset = try row.next()
        number = try row.next()
        openedAt = try row.next()
        let sealedAt = try row.nextOptional(Instant.self)
        let next = try row.nextOptional(StatementID.self)
        if let sealedAt, let next { seal = Seal(at: sealedAt, next: next) } else { seal = nil }
        openingMinor = try row.next()
        closingMinor = try row.next()
        settlement = try StatementSettlement(row: &row)
    }
}
