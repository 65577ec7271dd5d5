package import EventLog
package import Kernel
package import Postgres

extension Transaction {
    /// Opens, locks and reads what a plan touches, ready to decide. Five round trips at most, however much it is, and two
    /// where it names neither shared accounts nor holds nor reversals. The first thing that a transaction does with
    /// accounts: two calls in one transaction would lock out of order.
    package func openPosting(
        _ plan: PostingPlan, of retailer: RetailerID, clock: LedgerClock = .database
    ) throws -> Posting {
        if !plan.opening.isEmpty { try open(Array(plan.opening), of: retailer) }
        let shared = plan.opening.map { $0.id(at: retailer) }
        let accounts = try lockAccounts(plan.accounts.union(shared), of: retailer)
        let (now, posted) = try clockAndPosted(plan.transfers, of: retailer)
        return Posting(
            retailer: retailer, now: clock.reading(now), accounts: accounts, holds: try holds(plan.holds, of: retailer),
            posted: posted, reversals: try reversals(of: plan.reversed, at: retailer))
    }

    /// Decides all or nothing, and writes. Before a lack of money is a refusal, the holds of that account whose time is up
    /// are expired and it is decided anew (LEDGER_AND_WEBHOOKS rule 18).
    package func settle(
        _ posting: inout Posting, at now: Instant, _ decide: (inout Posting) throws -> Void
    ) throws {
        while true {
            var decided = posting
            do {
                try decide(&decided)
                try write(decided, at: now)
                posting = decided
                return
            } catch let refusal as Posting.Refusal {
                guard case .insufficientFunds(let account, _) = refusal, try expireDueHolds(on: [account], in: &posting) > 0
                else { throw refusal }
            }
        }
    }

    /// Writes what was decided. For callers who decide item by item and expire due holds themselves.
    package func settle(_ posting: Posting, at now: Instant) throws { try write(posting, at: now) }

    /// Posts transfers, all or none: accounts locked in the order of their ids, decided, written in one round trip.
    /// A transfer that stands with the same content is a replay; with other content it is refused with the field's name.
    @discardableResult
    package func post(
        _ transfers: [NewTransfer], opening: [SharedAccount] = [], of retailer: RetailerID, at now: Instant,
        clock: LedgerClock = .database
    ) throws -> [PostedTransfer] {
        try postWatching(transfers, opening: opening, of: retailer, at: now, clock: clock).posted
    }

    /// Posts transfers as `post` does, and says which wallets they took below their owner's threshold: facts for the
    /// caller to append.
    package func postWatching(
        _ transfers: [NewTransfer], opening: [SharedAccount] = [], of retailer: RetailerID, at now: Instant,
        clock: LedgerClock = .database
    ) throws -> (posted: [PostedTransfer], facts: [Event]) {
        var plan = PostingPlan()
        plan.add(transfers)
        plan.opening = Set(opening)
        var posting = try openPosting(plan, of: retailer, clock: clock)
        do {
            try settle(&posting, at: now) { posting in
                for transfer in transfers { try posting.post(transfer) }
            }
        } catch let error as DatabaseError {
            throw Posting.Refusal(error, posting: transfers) ?? error
        }
        return (posting.results(of: transfers, at: now), try lowBalances(after: posting))
    }
}

extension Posting.Refusal {
    /// Two that post one id between the same accounts wait for each other's locks and compare. Who still meets the key
    /// names other accounts.
    init?(_ error: DatabaseError, posting transfers: [NewTransfer]) {
        switch error.violatedConstraint {
        case "transfer_pkey":
            guard let first = transfers.first else { return nil }
            self = .transferExists(first.id, field: "debit_account_id")
        case "transfer_reversed_once":
            guard let reversed = transfers.compactMap(\.reverses).first else { return nil }
            self = .alreadyReversed(reversed)
        default: return nil
        }
    }
}
