import EventLog
import HTTPSupport
import Kernel
package import Parties
import Postgres
import Tenancy

/// A supplier's treasurer says that it will pay, and gets the reference to write on the payment.
struct RequestTopUp: Sendable {
    let wallet: WalletID
    let amount: Money
    let books: Books

    init(_ fields: Fields, into wallet: WalletID, in books: Books) {
        self.wallet = wallet
        self.books = books
        amount = fields.money("amount", in: books.asset, minor: 1...Money.bound)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> TopUp {
        guard let wallet = try tx.wallet(wallet, of: books.retailer) else { throw Problem.notFound("wallet") }
        guard case .supplier(let supplier, let agreement) = wallet.owner else { throw TopUp.Refusal.noAgreement }
        guard let agreement = try tx.walletAgreement(agreement, of: books.retailer), agreement.takesMoney else {
            throw TopUp.Refusal.agreementNotOpen
        }
        let topUp = TopUp(
            id: author.world.newID(), wallet: wallet.id, supplier: supplier, requested: amount,
            paymentReference: PaymentReference.new(in: author.world), requestedBy: Signature(author), progress: .requested,
            version: 1)
        try tx.insert(topUp, of: books.retailer)
        try tx.audit(author, "top_up.requested", about: EventSubject(topUp.id), after: topUp)
        try tx.append(.topUp("top_up.requested", topUp), to: books.retailer, in: author.world)
        return topUp
    }
}

extension Signature {
    package init(_ author: Author) {
        self.init(person: author.principal.person, key: author.principal.key, at: author.world.now())
    }
}

/// What a person copies onto a bank transfer: `TW-7K3QD-M2X9A`, 50 random bits in letters that are not mistaken for
/// each other.
enum PaymentReference {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    static func new(in world: OutsideWorld) -> String {
        let bits = world.random()
        let letters = (0..<10).map { alphabet[Int(bits >> (UInt64($0) * 5) & 31)] }
        return "TW-\(String(letters[..<5]))-\(String(letters[5...]))"
    }
}
