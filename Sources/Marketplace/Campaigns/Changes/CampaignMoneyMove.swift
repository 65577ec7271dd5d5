import EventLog
import Kernel
import Ledger
import Postgres

/// Money on its way between a launched campaign's wallets and its accounts. The campaign is locked; here its accounts are, by
/// id. What each wallet has put in follows.
struct CampaignMoneyMove: Sendable {
    let campaign: Campaign
    /// Once for a campaign: it names the transfers.
    let cause: String
    let today: BusinessDay

    /// So many more minor units, split over the wallets as at launch; facts of wallets that it left low.
    func add(_ amount: Int64, to stands: [Int64], in tx: borrowing Transaction, at now: Instant) throws -> [Event] {
        let funding = try tx.fundingWallets(of: campaign)
        let parts = try BudgetSplit.extending(stands, by: amount, of: campaign, funding)
        let transfers = zip(funding.wallets, parts).filter { $0.1 > 0 }.map { wallet, part in
            transfer(.launch, of: wallet, part, from: wallet.account, to: account(of: wallet))
        }
        let low = try funding.reportingShortfalls {
            try tx.postWatching(transfers, of: campaign.retailer, at: now).facts
        }
        try note(zip(stands, parts).map(+), funding, in: tx)
        return low
    }

    /// So many minor units back, so that the rest is put together as at launch as far as each account still has its part.
    func release(_ amount: Int64, of stands: [Int64], in tx: borrowing Transaction, at now: Instant) throws {
        let funding = try tx.fundingWallets(of: campaign)
        let accounts = funding.wallets.map { account(of: $0) }
        var plan = PostingPlan()
        plan.accounts = Set(accounts + funding.wallets.map(\.account))
        var posting = try tx.openPosting(plan, of: campaign.retailer)
        let available = accounts.map { max(0, posting.available(on: $0)) }
        let putIn = stands.reduce(0, +)
        guard amount <= available.reduce(0, +) else {
            throw ChangeRefusal.belowSpent(least: putIn - available.reduce(0, +))
        }
        let whole = try funding.split(putIn - amount, campaign.fee)
        let parts = BudgetSplit.releasing(amount, of: stands, downTo: whole, available: available)
        let transfers = zip(funding.wallets, parts).filter { $0.1 > 0 }.map { wallet, part in
            transfer(.release, of: wallet, part, from: account(of: wallet), to: wallet.account)
        }
        try tx.settle(&posting, at: now) { posting in
            for transfer in transfers { try posting.post(transfer) }
        }
        try note(zip(stands, parts).map(-), funding, in: tx)
    }

    private func account(of wallet: Wallet) -> AccountID {
        .campaign(campaign.id.value, fundedBy: wallet.id, at: campaign.retailer)
    }

    private func transfer(
        _ kind: TransferKind, of wallet: Wallet, _ minor: Int64, from debit: AccountID, to credit: AccountID
    ) -> NewTransfer {
        NewTransfer(
            id: DerivedID.make(campaign.retailer, key: "\(campaign.id)", leg: "\(cause) \(wallet.id.value)"), kind: kind,
            debit: debit, credit: credit, amount: Money(minor: minor, asset: campaign.terms.budget.asset),
            campaign: campaign.id.value, cause: EventSubject(campaign.id), businessDay: today)
    }

    private func note(_ putIn: [Int64], _ funding: FundingWallets, in tx: borrowing Transaction) throws {
        for (wallet, minor) in zip(funding.wallets, putIn) {
            try tx.updateFunding(of: campaign, wallet: wallet.id, account: account(of: wallet), budget: minor)
        }
    }
}
