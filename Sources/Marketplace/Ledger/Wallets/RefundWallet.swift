import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// What rests in a supplier's wallet goes back to its bank account. Said by the money holder's treasurer, with the bank's
/// reference of the payment, which stands for one refund only. Possible whatever the agreement's state.
struct RefundWallet: Sendable {
    let wallet: WalletID
    let amount: Money
    let bankReference: String
    let paidOn: BusinessDay
    let reason: String
    let books: Books

    enum Refusal: Kernel.Refusal {
        case notSuppliersWallet
        case bankReferenceUsed

        var problem: Problem {
            switch self {
            case .notSuppliersWallet:
                Problem(409, "not_suppliers_wallet", "Only a supplier's wallet is refunded to a bank account.")
            case .bankReferenceUsed:
                Problem(409, "bank_reference_used", "A refund with this bank reference stands in the books.")
            }
        }
    }

    init(_ fields: Fields, from wallet: WalletID, in books: Books) {
        self.wallet = wallet
        self.books = books
        amount = fields.money("amount", in: books.asset, minor: 1...Money.bound)
        bankReference = fields.string("bank_reference", max: 128)
        paidOn = fields.day("paid_on")
        reason = fields.string("reason", max: 500)
        if paidOn > books.today { fields.refuse("paid_on", "in_the_future", "Must not be after today.") }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Refund {
        guard let wallet = try tx.wallet(wallet, of: books.retailer) else { throw Problem.notFound("wallet") }
        guard case .supplier(_, let agreement) = wallet.owner else { throw Refusal.notSuppliersWallet }
        guard let agreement = try tx.walletAgreement(agreement, of: books.retailer) else { throw Problem.notFound("wallet") }
        try agreement.moneyHolder.check(author.principal)
        let bank = SharedAccount.external(books.asset)
        let transfer = NewTransfer(
            id: try transferID(in: tx), kind: .refund, debit: wallet.account, credit: bank.id(at: books.retailer),
            amount: amount, cause: EventSubject(kind: "bank_line", id: bankReference), businessDay: paidOn)
        let (posted, low) = try post(transfer, from: bank, in: tx, at: author.world.now())
        let refund = Refund(
            transfer: transfer, wallet: wallet.id, bankReference: bankReference, reason: reason, refundedAt: posted.postedAt)
        try tx.audit(author, "wallet.refunded", about: EventSubject(wallet.id), reason: reason, after: refund)
        let facts = [.walletRefunded(wallet, transfer)] + low
        try tx.append(facts, to: books.retailer, ids: facts.map { _ in author.world.newID() }, at: author.world.now())
        return refund
    }

    /// Follows from the bank's reference, so that it stands for one refund; one that was undone as a whole gives it free.
    private func transferID(in tx: borrowing Transaction) throws -> TransferID {
        var id = DerivedID.make(books.retailer, key: "refund", leg: bankReference) as TransferID
        while let undoing = try tx.undoingWhole(id, of: books.retailer) {
            id = DerivedID.make(books.retailer, key: "refund", leg: "\(bankReference) after \(undoing.value)")
        }
        return id
    }

    /// A second request with the same bank reference is another request, not a replay: the `Idempotency-Key` is for those.
    private func post(
        _ transfer: NewTransfer, from bank: SharedAccount, in tx: borrowing Transaction, at now: Instant
    ) throws -> (PostedTransfer, facts: [Event]) {
        do {
            let (posted, facts) = try tx.postWatching([transfer], opening: [bank], of: books.retailer, at: now)
            guard let only = posted.first, !only.isReplay else { throw Refusal.bankReferenceUsed }
            return (only, facts)
        } catch Posting.Refusal.transferExists {
            throw Refusal.bankReferenceUsed
        }
    }
}

/// Money that went back to the supplier.
struct Refund: Sendable, Hashable, JSONWritable {
    let transfer: NewTransfer
    let wallet: WalletID
    let bankReference: String
    let reason: String
    let refundedAt: Instant

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("transfer_id", transfer.id)
            json.field("wallet_id", wallet)
            json.field("amount", transfer.amount)
            json.field("bank_reference", bankReference)
            json.field("paid_on", transfer.businessDay)
            json.field("reason", reason)
            json.field("refunded_at", refundedAt)
        }
    }
}
