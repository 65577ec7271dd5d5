import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// The owner of a wallet says below which balance it wants to be told; null: not at all. Nothing is told of what is low
/// already: only a posting that takes the balance below it is a crossing.
struct SetLowBalance: Sendable {
    let wallet: WalletID
    let threshold: Money?

    enum Refusal: Kernel.Refusal {
        case notOwner

        var problem: Problem { Problem(403, "not_wallet_owner", "Only the owner of a wallet sets this.") }
    }

    init(_ fields: Fields, of wallet: WalletID, in asset: Asset) {
        self.wallet = wallet
        threshold =
            fields.isNull("threshold") ? nil : fields.money("threshold", in: asset, minor: 1...Money.bound)
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID, by author: Author) throws -> WalletBalance {
        guard let before = try tx.walletBalance(wallet, of: retailer) else { throw Problem.notFound("wallet") }
        try checkOwns(before.wallet, author)
        try tx.setLowBalance(threshold?.minor, on: before.wallet.account, of: retailer)
        guard let after = try tx.walletBalance(wallet, of: retailer) else { throw Problem.notFound("wallet") }
        try tx.audit(author, "wallet.low_balance_set", about: EventSubject(wallet), before: before, after: after)
        return after
    }

    private func checkOwns(_ wallet: Wallet, _ author: Author) throws(Refusal) {
        switch (wallet.owner, author.principal.organisation) {
        case (.retailer, .retailer): return
        case (.supplier(let owner, _), .supplier(let caller, _)) where owner == caller: return
        default: throw .notOwner
        }
    }
}

extension Transaction {
    /// Waits for the account's lock, as every posting does: a crossing is judged by the old threshold or by the new one.
    fileprivate func setLowBalance(_ threshold: Int64?, on account: AccountID, of retailer: RetailerID) throws {
        try execute(
            """
            UPDATE account SET low_balance = \(threshold) WHERE retailer_id = \(retailer) AND account_id = \(account)
            """)
    }
}
