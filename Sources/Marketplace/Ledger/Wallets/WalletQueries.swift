package import Kernel
package import Parties
package import Postgres

extension Transaction {
    package func wallet(_ id: WalletID, of retailer: RetailerID) throws -> Wallet? {
        try first(
            """
            SELECT wallet.wallet_id, wallet.account_id, wallet.name, wallet.supplier_id, wallet.agreement_id, account.asset,
                wallet.created_at
            FROM wallet JOIN account USING (retailer_id, account_id)
            WHERE wallet.retailer_id = \(retailer) AND wallet.wallet_id = \(id)
            """, { row in try Wallet(row: &row) })
    }

    /// Served by `wallet_one_for_agreement`.
    package func wallet(ofAgreement agreement: AgreementID, at retailer: RetailerID) throws -> Wallet? {
        try first(
            """
            SELECT wallet.wallet_id, wallet.account_id, wallet.name, wallet.supplier_id, wallet.agreement_id, account.asset,
                wallet.created_at
            FROM wallet JOIN account USING (retailer_id, account_id)
            WHERE wallet.retailer_id = \(retailer) AND wallet.agreement_id = \(agreement)
            """, { row in try Wallet(row: &row) })
    }

    /// The wallet and the account behind it. False where the agreement has a wallet already.
    func insert(_ wallet: Wallet, of retailer: RetailerID) throws -> Bool {
        let counts = try pipeline([
            """
            INSERT INTO account (retailer_id, account_id, kind, asset, supplier_id, limit_debits, created_at)
            VALUES (
                \(retailer), \(wallet.account), \(AccountKind.wallet), \(wallet.asset), \(wallet.supplier), true,
                \(wallet.createdAt)
            )
            """,
            """
            INSERT INTO wallet (retailer_id, wallet_id, account_id, supplier_id, agreement_id, name, created_at)
            VALUES (
                \(retailer), \(wallet.id), \(wallet.account), \(wallet.supplier), \(wallet.agreement), \(wallet.name),
                \(wallet.createdAt)
            )
            ON CONFLICT DO NOTHING
            """,
        ])
        return counts[1] == 1
    }

    /// Wallets with their balances. What campaigns have is served by `account_by_wallet`.
    func walletBalances(
        of retailer: RetailerID, only id: WalletID? = nil, supplier: SupplierID? = nil, after: WalletID? = nil, limit: Int
    ) throws -> [WalletBalance] {
        try query(
            """
            SELECT wallet.wallet_id, wallet.account_id, wallet.name, wallet.supplier_id, wallet.agreement_id, account.asset,
                wallet.created_at, account.credits_posted - account.debits_posted - account.debits_pending,
                account.credits_posted - account.debits_posted, COALESCE(campaigns.posted, 0)::bigint, account.low_balance
            FROM wallet JOIN account USING (retailer_id, account_id)
            CROSS JOIN LATERAL (
                SELECT sum(funded.credits_posted - funded.debits_posted) AS posted
                FROM account AS funded
                WHERE funded.retailer_id = \(retailer) AND funded.wallet_account_id = wallet.account_id
            ) AS campaigns
            WHERE wallet.retailer_id = \(retailer)
                AND (\(id)::uuid IS NULL OR wallet.wallet_id = \(id))
                AND (\(supplier)::uuid IS NULL OR wallet.supplier_id = \(supplier))
                AND (\(after)::uuid IS NULL OR wallet.wallet_id > \(after))
            ORDER BY wallet.wallet_id
            LIMIT \(limit)
            """
        ) { row in
            WalletBalance(
                wallet: try Wallet(row: &row), available: try row.next(), posted: try row.next(), inCampaigns: try row.next(),
                lowBalance: try row.nextOptional())
        }
    }

    func walletBalance(_ id: WalletID, of retailer: RetailerID) throws -> WalletBalance? {
        try walletBalances(of: retailer, only: id, limit: 2).first
    }

    /// What money needs to know of the tenant: its currency, and its business day now.
    package func books(of retailer: RetailerID, at now: Instant) throws -> Books {
        let books = try first(
            "SELECT asset, (\(now)::timestamptz AT TIME ZONE zone)::date FROM retailer WHERE retailer_id = \(retailer)"
        ) { row in Books(retailer: retailer, asset: try row.next(), today: try row.next()) }
        guard let books else { throw Problem.notFound("retailer") }
        return books
    }

    func walletAgreement(_ id: AgreementID, of retailer: RetailerID) throws -> WalletAgreement? {
        try first(
            """
            SELECT supplier_id, name, state, money_holder
            FROM agreement
            WHERE retailer_id = \(retailer) AND agreement_id = \(id)
            """
        ) { row in
            WalletAgreement(
                supplier: try row.next(), name: try row.next(), state: try row.next(), moneyHolder: try row.next())
        }
    }
}

/// The tenant as its money sees it.
package struct Books: Sendable, Hashable {
    package let retailer: RetailerID
    package let asset: Asset
    package let today: BusinessDay
}

/// What the ledger must know of an agreement.
struct WalletAgreement: Sendable, Hashable {
    let supplier: SupplierID
    let name: String
    let state: AgreementState
    let moneyHolder: MoneyHolder

    /// New money comes in only under a contract in force; what is there can always go back.
    var takesMoney: Bool { state == .signed || state == .active }
}

extension Wallet {
    init(row: inout Row) throws {
        id = try row.next()
        account = try row.next()
        name = try row.next()
        let supplier = try row.nextOptional(SupplierID.self)
        let agreement = try row.nextOptional(AgreementID.self)
        if let supplier, let agreement {
            owner = .supplier(supplier, agreement: agreement)
        } else {
            owner = .retailer
        }
        asset = try row.next()
        createdAt = try row.next()
    }
}
