package import Kernel

/// Decides over locked accounts what the books take, and collects it for one write. Pure: the same accounts and the same
/// requests in the same order give the same result. What is refused consumes nothing.
///
/// Every node that decides holds the row locks of `accounts`, so what is decided here is what will stand.
package struct Posting: Sendable {
    package let retailer: RetailerID
    /// The clock after the locks were got: holds are compared with it (LEDGER_AND_WEBHOOKS rule 16).
    package let now: Instant
    package internal(set) var accounts: [AccountID: Account]
    package internal(set) var holds: [HoldID: Hold]

    /// As the accounts were when they were locked.
    let locked: [AccountID: Account]
    private var known: [TransferID: NewTransfer]
    private let postedBefore: [TransferID: Instant]
    /// What undid a transfer, by the transfer.
    private var reversals: [TransferID: TransferID]

    private(set) var transfers: [NewTransfer] = []
    private(set) var entries: [NewEntry] = []
    var placedHolds: [HoldID] = []
    var resolvedHolds: [HoldID] = []

    package init(
        retailer: RetailerID, now: Instant, accounts: [Account], holds: [Hold] = [],
        posted: [(transfer: NewTransfer, at: Instant)] = [], reversals: [TransferID: TransferID] = [:]
    ) {
        self.retailer = retailer
        self.now = now
        locked = Dictionary(accounts.map { ($0.id, $0) }) { first, _ in first }
        self.accounts = locked
        self.holds = Dictionary(holds.map { ($0.id, $0) }) { first, _ in first }
        known = Dictionary(posted.map { ($0.transfer.id, $0.transfer) }) { first, _ in first }
        postedBefore = Dictionary(posted.map { ($0.transfer.id, $0.at) }) { first, _ in first }
        self.reversals = reversals
    }

    /// Minor units of an account that may still be spent or held; 0 where it is not there.
    package func available(on account: AccountID) -> Int64 { accounts[account]?.available ?? 0 }

    /// Minor units that these accounts have together now, and had when they were locked; what is held is part of it.
    package func balances(_ ids: [AccountID]) -> Int64 { ids.reduce(0) { $0 + (accounts[$1]?.balance ?? 0) } }

    package func balancesBefore(_ ids: [AccountID]) -> Int64 { ids.reduce(0) { $0 + (locked[$1]?.balance ?? 0) } }

    package func isPosted(_ transfer: TransferID) -> Bool { known[transfer] != nil }

    /// Moves money, or finds that it was moved before.
    package mutating func post(_ transfer: NewTransfer) throws(Refusal) {
        if let before = known[transfer.id] {
            if let field = transfer.firstDifference(from: before) { throw .transferExists(transfer.id, field: field) }
            return
        }
        try checkReversal(transfer)
        let debit = try account(transfer.debit, counting: transfer.amount.asset)
        let credit = try account(transfer.credit, counting: transfer.amount.asset)
        let amount = transfer.amount.minor
        guard debit.canSpend(amount) else { throw .insufficientFunds(debit.id, missing: amount - debit.available) }
        guard let debited = debit.debited(by: amount) else { throw .balanceTooLarge(debit.id) }
        guard let credited = credit.credited(by: amount) else { throw .balanceTooLarge(credit.id) }
        accounts[debit.id] = transfer.kind == .release ? debited.funded(by: -amount) : debited
        accounts[credit.id] = transfer.kind == .launch ? credited.funded(by: amount) : credited
        entries.append(NewEntry(transfer: transfer.id, on: debited, amount: -amount))
        entries.append(NewEntry(transfer: transfer.id, on: credited, amount: amount))
        known[transfer.id] = transfer
        if let reversed = transfer.reverses { reversals[reversed] = transfer.id }
        transfers.append(transfer)
    }

    /// How transfers that were posted here, or before, stand in the books.
    func results(of transfers: [NewTransfer], at now: Instant) -> [PostedTransfer] {
        transfers.map { transfer in
            let before = postedBefore[transfer.id]
            return PostedTransfer(transfer: transfer, postedAt: before ?? now, isReplay: before != nil)
        }
    }

    /// Whose money a transfer moves: of its two accounts at most one supplier is owner. Nil: the retailer's own.
    func supplier(of transfer: NewTransfer) -> SupplierID? {
        accounts[transfer.debit]?.supplier ?? accounts[transfer.credit]?.supplier
    }

    func account(_ id: AccountID, counting asset: Asset) throws(Refusal) -> Account {
        guard let account = accounts[id] else { throw .accountNotFound(id) }
        guard account.asset == asset else { throw .wrongAsset(id) }
        return account
    }

    private func checkReversal(_ transfer: NewTransfer) throws(Refusal) {
        guard let reversed = transfer.reverses else { return }
        guard let original = known[reversed] else { throw .reversedTransferNotFound(reversed) }
        guard reversals[reversed] == nil else { throw .alreadyReversed(reversed) }
        guard original.debit == transfer.credit, original.credit == transfer.debit,
            original.amount.asset == transfer.amount.asset, transfer.amount.minor <= original.amount.minor
        else { throw .notAReversal(of: reversed) }
    }
}

/// One side of a transfer on one account, numbered without a gap. Positive: a credit.
struct NewEntry: Sendable, Hashable {
    let account: AccountID
    let seq: Int64
    let transfer: TransferID
    let amount: Int64
    let balanceAfter: Int64

    /// `account` as it is after the entry.
    init(transfer: TransferID, on account: Account, amount: Int64) {
        self.account = account.id
        seq = account.seq
        self.transfer = transfer
        self.amount = amount
        balanceAfter = account.balance
    }
}
