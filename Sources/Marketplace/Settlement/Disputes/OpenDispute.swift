import EventLog
import HTTPSupport
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// A person of the supplier's says which line of a sealed statement is wrong, by how much, and why. Nothing moves yet.
struct OpenDispute: Sendable {
    let statement: StatementID
    let line: TransferID
    /// Nil: all of the line.
    let amount: Money?
    let reason: String
    let books: Books

    init(_ fields: Fields, of statement: StatementID, in books: Books) {
        self.statement = statement
        self.books = books
        line = fields.id("transfer_id")
        amount = fields.moneyIfPresent("amount", in: books.asset, minor: 1...Money.bound)
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Dispute {
        let head = try tx.lockSealed(statement, of: books.retailer)
        guard author.principal.person != nil else { throw SettlementRefusal.personNeeded }
        guard let supplier = head.supplier, let state = head.settlement?.state else { throw Problem.notFound("statement") }
        guard state.mayBeDisputed else { throw SettlementRefusal.statementIs(state) }
        guard let found = try tx.statementLine(line, of: statement, at: books.retailer) else {
            throw Problem.notFound("statement_line")
        }
        guard let disputed = found.line else { throw Dispute.Refusal.notDisputable(found.kind) }
        let amount = amount ?? Money(minor: found.minor, asset: books.asset)
        guard amount.minor <= found.minor else { throw Dispute.Refusal.beyondLine }
        let dispute = Dispute(
            id: author.world.newID(), statement: statement, wallet: head.wallet, supplier: supplier, line: disputed,
            amount: amount, reason: reason, opened: Signature(author), progress: .open)
        guard try tx.insert(dispute, of: books.retailer) else { throw Dispute.Refusal.disputedBefore }
        try tx.audit(author, "dispute.opened", about: EventSubject(dispute.id), reason: reason, after: dispute)
        try tx.append(.dispute("dispute.opened", dispute), to: books.retailer, in: author.world)
        return dispute
    }
}

extension Event {
    static func dispute(_ type: String, _ dispute: Dispute) -> Event {
        var event = Event(type, about: EventSubject(dispute.id), suppliers: [dispute.supplier]) { json in
            json.field("dispute", dispute)
        }
        event.campaign = dispute.line.campaign.value
        event.amountMinor = dispute.upheldMinor ?? dispute.amount.minor
        return event
    }
}
