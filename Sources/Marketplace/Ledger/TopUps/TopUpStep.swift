import EventLog
import Kernel
import Parties
import Postgres
import Tenancy

/// What the steps of a top-up have in common: the lock, who may take them, and the credit at the end.
struct TopUpStep: Sendable {
    let wallet: WalletID
    let topUp: TopUpID
    let books: Books

    /// Follows from the top-up: it is credited once, whatever is retried.
    var transfer: TransferID { DerivedID.make(books.retailer, key: "\(topUp)", leg: "credit") }

    /// The locked top-up and its wallet, for the money holder alone.
    func lock(in tx: borrowing Transaction, by author: Author) throws -> (TopUp, Wallet) {
        guard let found = try tx.lockTopUp(topUp, of: wallet, in: books), let wallet = try tx.wallet(wallet, of: books.retailer),
            let agreement = try wallet.agreement.flatMap({ try tx.walletAgreement($0, of: books.retailer) })
        else { throw Problem.notFound("top_up") }
        try agreement.moneyHolder.check(author.principal)
        return (found, wallet)
    }

    /// Writes the step; where it credits, moves the money first, since the row names the transfer.
    func finish(
        _ before: TopUp, _ after: TopUp, _ wallet: Wallet, _ action: StaticString, in tx: borrowing Transaction,
        by author: Author
    ) throws -> TopUp {
        var facts: [Event] = []
        if case .requested = before.progress { facts.append(.topUp("top_up.received", after)) }
        if case .credited(let line, _, _, _) = after.progress {
            let credit = try credit(line, to: wallet, in: tx, at: author.world.now())
            facts.append(.topUp("top_up.credited", after))
            facts.append(.walletCredited(wallet, credit))
        }
        try tx.update(after, of: books.retailer)
        try tx.audit(author, action, about: EventSubject(topUp), before: before, after: after)
        try tx.append(facts, to: books.retailer, ids: facts.map { _ in author.world.newID() }, at: author.world.now())
        return after
    }

    private func credit(_ line: BankLine, to wallet: Wallet, in tx: borrowing Transaction, at now: Instant) throws -> NewTransfer
    {
        let bank = SharedAccount.external(books.asset)
        let transfer = NewTransfer(
            id: transfer, kind: .topUp, debit: bank.id(at: books.retailer), credit: wallet.account, amount: line.amount,
            cause: EventSubject(topUp), businessDay: line.receivedOn)
        try tx.post([transfer], opening: [bank], of: books.retailer, at: now)
        return transfer
    }
}
