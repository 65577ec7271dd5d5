import EventLog
import HTTPSupport
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// What the last steps of a payment have in common: the lock, whose step it is, the transfer out of clearing, the record.
struct PaymentStep: Sendable {
    let payment: PaymentID
    let books: Books

    func lock(in tx: borrowing Transaction, by author: Author) throws -> Payment {
        guard let found = try tx.lockPayment(payment, in: books), let wallet = try tx.wallet(found.wallet, of: books.retailer)
        else { throw Problem.notFound("payment") }
        try tx.moneyHolder(of: wallet, at: books.retailer).check(author.principal)
        return found
    }

    func transferID(_ leg: String) -> TransferID { DerivedID.make(books.retailer, key: "\(payment)", leg: leg) }

    func post(_ transfer: NewTransfer, into account: SharedAccount, in tx: borrowing Transaction, by author: Author) throws {
        try tx.post([transfer], opening: [.clearing(books.asset), account], of: books.retailer, at: author.world.now())
    }

    func finish(
        _ before: Payment, _ after: Payment, _ action: StaticString, reason: String? = nil, in tx: borrowing Transaction,
        by author: Author
    ) throws -> Payment {
        do {
            try tx.update(after, of: books.retailer)
        } catch let error as DatabaseError where error.violatedConstraint == "payment_bank_reference_once" {
            throw Payment.Refusal.bankReferenceUsed
        }
        try tx.audit(author, action, about: EventSubject(payment), reason: reason, before: before, after: after)
        try tx.append(.payment("\(action)", after), to: books.retailer, in: author.world)
        return after
    }
}

/// The money is the retailer's: the bank paid it, with its reference, or the retailer holds it already. Out of clearing, to
/// the bank; of the retailer's own wallets back to its budget.
struct PayPayment: Sendable {
    let step: PaymentStep
    let bankReference: String?
    let paidOn: BusinessDay

    init(_ fields: Fields, _ step: PaymentStep) {
        self.step = step
        bankReference = fields.stringIfPresent("bank_reference", max: 128)
        paidOn = fields.dayIfPresent("paid_on") ?? step.books.today
        if paidOn > step.books.today { fields.refuse("paid_on", "in_the_future", "Must not be after today.") }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Payment {
        let before = try step.lock(in: tx, by: author)
        let books = step.books
        let after = try before.paying(
            on: paidOn, bankReference: bankReference, transfer: step.transferID("payment"), by: Signature(author),
            needsSecondPerson: try tx.paymentNeedsSecondPerson(at: books.retailer))
        let target = before.supplier == nil ? SharedAccount.allocation(books.asset) : .external(books.asset)
        let transfer = NewTransfer(
            id: step.transferID("payment"), kind: .payment, debit: SharedAccount.clearing(books.asset).id(at: books.retailer),
            credit: target.id(at: books.retailer), amount: before.amount, cause: EventSubject(before.id), businessDay: paidOn)
        try step.post(transfer, into: target, in: tx, by: author)
        return try step.finish(before, after, "payment.paid", in: tx, by: author)
    }
}

/// Nothing was paid: what is in clearing is payable again, and the statements wait for another payment.
struct CancelPayment: Sendable {
    let step: PaymentStep
    let reason: String

    init(_ fields: Fields, _ step: PaymentStep) {
        self.step = step
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Payment {
        let before = try step.lock(in: tx, by: author)
        let books = step.books
        let after = try before.cancelling(because: reason, transfer: step.transferID("cancel"), by: Signature(author))
        let payable = SharedAccount.payable(books.asset, owner: before.supplier)
        let transfer = NewTransfer(
            id: step.transferID("cancel"), kind: .settlement, debit: SharedAccount.clearing(books.asset).id(at: books.retailer),
            credit: payable.id(at: books.retailer), amount: before.amount, cause: EventSubject(before.id),
            businessDay: books.today, reverses: before.settlement)
        try step.post(transfer, into: payable, in: tx, by: author)
        return try step.finish(before, after, "payment.cancelled", reason: reason, in: tx, by: author)
    }
}
