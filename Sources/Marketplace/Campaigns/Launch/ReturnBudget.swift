import EventLog
import Kernel
import Ledger
import Postgres

/// What a campaign did not spend goes back to the wallets that it came from. While a hold keeps some of it nothing moves:
/// the caller tries again later.
struct ReturnBudget: Sendable {
    let campaign: Campaign
    let today: BusinessDay

    enum Outcome: Sendable, Equatable {
        /// Minor units that went back.
        case returned(Int64)
        case heldByQuotes
    }

    func run(in tx: borrowing Transaction, at now: Instant) throws -> Outcome {
        let accounts = try tx.fundingAccounts(of: campaign)
        var plan = PostingPlan()
        plan.accounts = Set(accounts.flatMap { [$0.account, $0.wallet] })
        var posting = try tx.openPosting(plan, of: campaign.retailer)
        guard accounts.allSatisfy({ posting.accounts[$0.account]?.debitsPending == 0 }) else { return .heldByQuotes }
        let transfers = accounts.compactMap { pair -> NewTransfer? in
            let rest = posting.available(on: pair.account)
            guard rest > 0 else { return nil }
            return NewTransfer(
                id: DerivedID.make(campaign.retailer, key: "\(campaign.id)", leg: "close \(pair.wallet.value)"), kind: .close,
                debit: pair.account, credit: pair.wallet, amount: Money(minor: rest, asset: campaign.terms.budget.asset),
                campaign: campaign.id.value, cause: EventSubject(campaign.id), businessDay: today)
        }
        try tx.settle(&posting, at: now) { posting in
            for transfer in transfers { try posting.post(transfer) }
        }
        return .returned(transfers.reduce(0) { $0 + $1.amount.minor })
    }
}
