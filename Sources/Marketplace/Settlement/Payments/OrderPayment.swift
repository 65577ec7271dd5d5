import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// A person of whoever holds the money orders the payment of all statements of a wallet that may be paid: what is owed moves
/// from payable into clearing.
struct OrderPayment: Sendable {
    /// Statements of one payment: the oldest; the rest is for the next.
    static let statementsMax = 200

    let wallet: WalletID
    let books: Books

    func run(in tx: borrowing Transaction, by author: Author) throws -> Payment {
        guard author.principal.person != nil else { throw SettlementRefusal.personNeeded }
        let retailer = books.retailer
        guard let wallet = try tx.wallet(wallet, of: retailer) else { throw Problem.notFound("wallet") }
        let holder = try tx.moneyHolder(of: wallet, at: retailer)
        try holder.check(author.principal)
        try tx.lockStatements(of: wallet.id, at: retailer)
        let statements = try tx.payableStatements(of: wallet.id, at: retailer, limit: Self.statementsMax)
        let owed = statements.reduce(0) { $0 + $1.owedMinor }
        guard owed > 0 else { throw Payment.Refusal.nothingToPay(owedMinor: owed) }
        let id = author.world.newID(PaymentID.self)
        let (payable, clearing) = (
            SharedAccount.payable(books.asset, owner: wallet.supplier), SharedAccount.clearing(books.asset)
        )
        let transfer = NewTransfer(
            id: DerivedID.make(retailer, key: "\(id)", leg: "settlement"), kind: .settlement,
            debit: payable.id(at: retailer), credit: clearing.id(at: retailer), amount: Money(minor: owed, asset: books.asset),
            cause: EventSubject(id), businessDay: books.today)
        try tx.post([transfer], opening: [payable, clearing], of: retailer, at: author.world.now())
        let payment = Payment(
            id: id, wallet: wallet.id, supplier: wallet.supplier, method: holder == .platform ? .bank : .netted,
            amount: transfer.amount, statements: statements, ordered: Signature(author), settlement: transfer.id,
            progress: .ordered)
        try tx.insert(payment, of: retailer)
        try tx.audit(author, "payment.ordered", about: EventSubject(id), after: payment)
        try tx.append(.payment("payment.ordered", payment), to: retailer, in: author.world)
        return payment
    }
}

extension Event {
    static func payment(_ type: String, _ payment: Payment) -> Event {
        var event = Event(type, about: EventSubject(payment.id), suppliers: payment.supplier.map { [$0] } ?? []) { json in
            json.field("payment", payment)
        }
        event.amountMinor = payment.amount.minor
        return event
    }
}
