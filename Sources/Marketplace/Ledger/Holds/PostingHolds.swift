package import Kernel

/// What happens to holds, decided under their accounts' locks.
extension Posting {
    /// Keeps money; placing the same hold again finds it as it stands.
    @discardableResult
    package mutating func place(_ new: NewHold) throws(Refusal) -> Hold {
        if let hold = holds[new.id] {
            if let field = hold.firstDifference(from: new) { throw .holdExists(new.id, field: field) }
            return hold
        }
        var account = try account(new.account, counting: new.amount.asset)
        guard account.kind == .campaign else { throw .notHoldable(account.id) }
        guard now < new.expiresAt else { throw .holdExpired(new.id) }
        let amount = new.amount.minor
        guard account.canSpend(amount) else { throw .insufficientFunds(account.id, missing: amount - account.available) }
        account.debitsPending += amount
        accounts[account.id] = account
        let hold = Hold(
            id: new.id, account: account.id, quote: new.quote, amount: amount, postedAmount: 0, state: .pending,
            expiresAt: new.expiresAt, createdAt: now)
        holds[hold.id] = hold
        placedHolds.append(hold.id)
        return hold
    }

    /// Pays out of a hold: the transfers, which all debit its account, are posted and the rest is released.
    package mutating func post(_ id: HoldID, with transfers: [NewTransfer]) throws(Refusal) {
        guard let hold = holds[id] else { throw .holdNotFound }
        precondition(!transfers.isEmpty && transfers.allSatisfy { $0.debit == hold.account }, "a hold pays from its account")
        var ids: Set<TransferID> = []
        if let twice = transfers.first(where: { !ids.insert($0.id).inserted }) { throw .transferTwice(twice.id) }
        switch hold.state {
        case .posted where transfers.allSatisfy({ isPosted($0.id) }):
            for transfer in transfers { try post(transfer) }
            return
        case .posted: throw .holdAlreadyPosted(id)
        case .voided: throw .holdAlreadyVoided(id)
        case .expired: throw .holdExpired(id)
        case .pending: break
        }
        guard !hold.isDue(at: now) else { throw .holdExpired(id) }
        if let posted = transfers.first(where: { isPosted($0.id) }) { throw .transferExists(posted.id, field: "hold_id") }
        var after = self
        try after.postPending(hold, with: transfers)
        self = after
    }

    /// Releases what a quote still keeps. A quote that was paid is refused; one that was voided or has expired is left.
    @discardableResult
    package mutating func void(_ quote: Identifier) throws(Refusal) -> [Hold] {
        let ofQuote = holds.values.filter { $0.quote == quote }.sorted { $0.id < $1.id }
        guard !ofQuote.isEmpty else { throw .holdNotFound }
        if let posted = ofQuote.first(where: { $0.state == .posted }) { throw .holdAlreadyPosted(posted.id) }
        return ofQuote.filter { $0.state == .pending }.map { resolve($0, as: .voided) }
    }

    /// Releases one hold that is still kept, whatever became of the others of its quote; nil where it was resolved before.
    @discardableResult
    package mutating func release(_ id: HoldID) -> Hold? {
        guard let hold = holds[id], hold.state == .pending else { return nil }
        return resolve(hold, as: .voided)
    }

    /// Releases all that a quote still keeps; of a quote that keeps nothing, nothing.
    package mutating func release(quote: Identifier) {
        for hold in holds.values.filter({ $0.quote == quote }).sorted(by: { $0.id < $1.id }) { release(hold.id) }
    }

    /// Releases a hold whose time is up; nil where it is not, or was resolved before.
    @discardableResult
    package mutating func expire(_ id: HoldID) -> Hold? {
        guard let hold = holds[id], hold.isDue(at: now) else { return nil }
        return resolve(hold, as: .expired)
    }

    private mutating func postPending(_ hold: Hold, with transfers: [NewTransfer]) throws(Refusal) {
        let (amount, overflow) = transfers.reduce((Int64(0), false)) { sum, transfer in
            let (next, over) = sum.0.addingReportingOverflow(transfer.amount.minor)
            return (next, sum.1 || over)
        }
        guard !overflow, amount <= hold.amount else { throw .exceedsHold(hold.id) }
        resolve(hold, as: .posted, amount: amount)
        for transfer in transfers { try post(transfer) }
    }

    @discardableResult
    private mutating func resolve(_ hold: Hold, as state: HoldState, amount: Int64 = 0) -> Hold {
        var resolved = hold
        resolved.state = state
        resolved.postedAmount = amount
        resolved.resolvedAt = now
        holds[hold.id] = resolved
        guard var account = accounts[hold.account] else { preconditionFailure("a hold's account is locked with it") }
        account.debitsPending -= hold.amount
        accounts[account.id] = account
        if !placedHolds.contains(hold.id) { resolvedHolds.append(hold.id) }
        return resolved
    }
}
