package import EventLog
import Kernel
package import Postgres

extension Posting {
    /// Wallets that had at least their owner's threshold before this posting and have less after it. An account is locked from
    /// its reading to the commit, so each crossing is seen by exactly one posting.
    package var walletsFallenLow: [Account] {
        accounts.values.filter { account in
            guard account.kind == .wallet, let threshold = account.lowBalance, let before = locked[account.id] else {
                return false
            }
            return before.available >= threshold && account.available < threshold
        }.sorted { $0.id < $1.id }
    }
}

extension Transaction {
    /// The fact of each wallet that a posting took below its threshold. One statement where there is one, else none.
    package func lowBalances(after posting: Posting) throws -> [Event] {
        let low = posting.walletsFallenLow
        guard !low.isEmpty else { return [] }
        let named = try query(
            """
            SELECT wallet.wallet_id, wallet.account_id, wallet.name, wallet.supplier_id, wallet.agreement_id, account.asset,
                wallet.created_at
            FROM wallet JOIN account USING (retailer_id, account_id)
            WHERE wallet.retailer_id = \(posting.retailer) AND wallet.account_id = ANY (\(low.map(\.id)))
            ORDER BY wallet.account_id
            """, { row in try Wallet(row: &row) })
        return named.compactMap { wallet in posting.accounts[wallet.account].map { Event.lowBalance(of: wallet, $0) } }
    }
}
