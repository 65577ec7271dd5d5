import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// The money holder's treasurer finds the payment on the bank's statement. Credited at once where the retailer's policy
/// wants no second person.
struct ReceiveTopUp: Sendable {
    let step: TopUpStep
    let line: BankLine

    init(_ fields: Fields, _ step: TopUpStep) {
        self.step = step
        line = BankLine(
            bankID: fields.string("bank_id", max: 128), payer: fields.string("payer", max: 200),
            amount: fields.money("amount", in: step.books.asset, minor: 1...Money.bound), receivedOn: fields.day("received_on"))
        if line.receivedOn > step.books.today { fields.refuse("received_on", "in_the_future", "Must not be after today.") }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> TopUp {
        let (before, wallet) = try step.lock(in: tx, by: author)
        let after = try before.receiving(
            line, by: Signature(author), needsSecondPerson: try tx.topUpNeedsSecondPerson(at: step.books.retailer),
            transfer: step.transfer)
        return try step.finish(before, after, wallet, "top_up.received", in: tx, by: author)
    }
}

/// A second person of the money holder agrees.
struct ConfirmTopUp: Sendable {
    let step: TopUpStep

    func run(in tx: borrowing Transaction, by author: Author) throws -> TopUp {
        let (before, wallet) = try step.lock(in: tx, by: author)
        let after = try before.confirming(by: Signature(author), transfer: step.transfer)
        return try step.finish(before, after, wallet, "top_up.confirmed", in: tx, by: author)
    }
}
