package import Kernel
package import Postgres

extension Transaction {
    /// Locks accounts in the order of their ids and reads them as they then stand: the newest committed version of each
    /// (LEDGER_AND_WEBHOOKS rule 6). Served by the primary key. The key itself never changes, so foreign keys to a locked
    /// account need not wait: two launches that have opened accounts under one wallet would wait for each other.
    package func lockAccounts(_ ids: some Collection<AccountID>, of retailer: RetailerID) throws -> [Account] {
        guard !ids.isEmpty else { return [] }
        return try query(
            """
            SELECT account_id, kind, asset, supplier_id, campaign_id, debits_pending, debits_posted, credits_pending,
                credits_posted, seq, put_in, low_balance
            FROM account
            WHERE retailer_id = \(retailer) AND account_id = ANY (\(Array(ids)))
            ORDER BY account_id
            FOR NO KEY UPDATE
            """, { row in try Account(row: &row) })
    }

    /// Reads accounts without a lock: good for showing, not for deciding.
    package func accounts(_ ids: some Collection<AccountID>, of retailer: RetailerID) throws -> [Account] {
        try query(
            """
            SELECT account_id, kind, asset, supplier_id, campaign_id, debits_pending, debits_posted, credits_pending,
                credits_posted, seq, put_in, low_balance
            FROM account
            WHERE retailer_id = \(retailer) AND account_id = ANY (\(Array(ids)))
            ORDER BY account_id
            """, { row in try Account(row: &row) })
    }

    /// Opens those shared accounts that are not there yet; writes nothing where all are. Whoever comes second waits for
    /// the first and finds it done. Run BEFORE any account is locked: who waits here must hold nothing, since an account
    /// that was opened meanwhile may have a lower id than those that are locked already.
    package func open(_ accounts: [SharedAccount], of retailer: RetailerID) throws {
        let sorted = accounts.map { (id: $0.id(at: retailer), account: $0) }.sorted { $0.id < $1.id }
        try execute(
            """
            INSERT INTO account (retailer_id, account_id, kind, asset, supplier_id, limit_debits)
            SELECT \(retailer), opened.account_id, opened.kind, opened.asset, opened.supplier_id, false
            FROM unnest(
                \(sorted.map(\.id)), \(sorted.map(\.account.kind)), \(sorted.map(\.account.asset)),
                \(sorted.map(\.account.supplier))
            ) WITH ORDINALITY AS opened (account_id, kind, asset, supplier_id, place)
            WHERE NOT EXISTS (
                SELECT FROM account
                WHERE account.retailer_id = \(retailer) AND account.account_id = opened.account_id
            )
            ORDER BY opened.place
            ON CONFLICT DO NOTHING
            """)
    }

    /// The account of one wallet's money in one campaign; opened where it is not there yet.
    package func openCampaignAccount(of campaign: Identifier, fundedBy wallet: Wallet, at retailer: RetailerID) throws
        -> AccountID
    {
        let id = AccountID.campaign(campaign, fundedBy: wallet.id, at: retailer)
        try execute(
            """
            INSERT INTO account (
                retailer_id, account_id, kind, asset, supplier_id, wallet_account_id, campaign_id, limit_debits
            )
            VALUES (
                \(retailer), \(id), \(AccountKind.campaign), \(wallet.asset), \(wallet.supplier), \(wallet.account),
                \(campaign), true
            )
            ON CONFLICT DO NOTHING
            """)
        return id
    }
}

extension AccountID {
    /// The same for the same campaign and wallet.
    package static func campaign(_ campaign: Identifier, fundedBy wallet: WalletID, at retailer: RetailerID) -> AccountID {
        DerivedID.make(retailer, key: "account", leg: "campaign \(campaign) \(wallet.value)")
    }
}

extension Account {
    init(row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        asset = try row.next()
        supplier = try row.nextOptional()
        campaign = try row.nextOptional()
        debitsPending = try row.next()
        debitsPosted = try row.next()
        creditsPending = try row.next()
        creditsPosted = try row.next()
        seq = try row.next()
        putIn = try row.next()
        lowBalance = try row.nextOptional()
    }
}
