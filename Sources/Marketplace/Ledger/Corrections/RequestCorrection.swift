import EventLog
import HTTPSupport
package import Kernel
package import Parties
package import Postgres
import Tenancy

/// A treasurer of whoever holds the money says that a transfer was wrong, and why. Nothing moves yet.
struct RequestCorrection: Sendable {
    let corrected: TransferID
    /// Nil: all of it.
    let amount: Money?
    let reason: String
    let books: Books

    init(_ fields: Fields, in books: Books) {
        self.books = books
        corrected = fields.id("transfer_id")
        amount = fields.moneyIfPresent("amount", in: books.asset, minor: 1...Money.bound)
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Correction {
        guard author.principal.person != nil else { throw Correction.Refusal.personNeeded }
        guard let wrong = try tx.correctable(corrected, of: books.retailer) else { throw Problem.notFound("transfer") }
        guard Correction.kinds.contains(wrong.transfer.kind), let wallet = wrong.wallet else {
            throw Correction.Refusal.notCorrectable(wrong.transfer.kind)
        }
        try tx.checkHolder(of: wallet, at: books.retailer, author.principal)
        let amount = amount ?? wrong.transfer.amount
        guard amount.minor <= wrong.transfer.amount.minor else { throw Correction.Refusal.beyondTransfer }
        let correction = Correction(
            id: author.world.newID(), wallet: wallet.id, supplier: wallet.supplier, corrected: corrected, amount: amount,
            reason: reason, requestedBy: Signature(author), progress: .requested)
        guard try tx.insert(correction, of: books.retailer) else { throw Correction.Refusal.askedBefore }
        try tx.audit(author, "correction.requested", about: EventSubject(correction.id), reason: reason, after: correction)
        try tx.append(.correction("correction.requested", correction), to: books.retailer, in: author.world)
        return correction
    }
}

extension Transaction {
    /// A supplier's money is corrected by whoever holds it, the retailer's own by the retailer.
    func checkHolder(of wallet: Wallet, at retailer: RetailerID, _ principal: Principal) throws {
        try moneyHolder(of: wallet, at: retailer).check(principal)
    }

    /// Who holds a wallet's money: of a supplier's whoever its agreement says, of the retailer's own the retailer.
    package func moneyHolder(of wallet: Wallet, at retailer: RetailerID) throws -> MoneyHolder {
        let agreement = try wallet.agreement.flatMap { try walletAgreement($0, of: retailer) }
        return agreement?.moneyHolder ?? .retailer
    }
}
