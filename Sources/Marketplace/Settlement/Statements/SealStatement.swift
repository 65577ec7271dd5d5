import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// The retailer's treasurer closes the books of a wallet's period: what was posted so far stands in this statement for good,
/// and the next one is open.
struct SealStatement: Sendable {
    let id: StatementID

    enum Refusal: Kernel.Refusal {
        case personNeeded
        case alreadySealed

        var problem: Problem {
            switch self {
            case .personNeeded: Problem(403, "person_needed", "Only the key of a person may do this, not a service's.")
            case .alreadySealed: Problem(409, "statement_sealed", "The statement is sealed.")
            }
        }
    }

    func run(in tx: borrowing Transaction, of retailer: RetailerID, by author: Author) throws -> Statement {
        guard let person = author.principal.person else { throw Refusal.personNeeded }
        guard let found = try tx.statementHead(id, of: retailer) else { throw Problem.notFound("statement") }
        try tx.lockStatements(of: found.wallet, at: retailer)
        guard let head = try tx.statementHead(id, of: retailer), head.seal == nil else { throw Refusal.alreadySealed }
        let seal = StatementHead.Seal(at: author.world.now(), next: author.world.newID())
        try tx.enclose(head, at: retailer)
        let sealed = head.sealed(seal)
        let sums = try tx.kindSums(over: try tx.spans(of: sealed, at: retailer), at: retailer)
        let statement = Statement(
            head: sealed,
            figures: StatementFigures(
                opening: head.openingMinor, sums, unfunded: try tx.unfundedMinor(of: sealed, at: retailer)))
        try tx.insert(statement, seal, of: retailer, by: person, author.principal.key)
        try tx.audit(author, "statement.sealed", about: EventSubject(id), after: statement)
        try tx.append(.sealed(statement, seal), to: retailer, in: author.world)
        return statement
    }
}

extension Event {
    /// For both treasurers.
    fileprivate static func sealed(_ statement: Statement, _ seal: StatementHead.Seal) -> Event {
        let (head, figures) = (statement.head, statement.figures)
        let money = { (minor: Int64) in Money(minor: minor, asset: head.asset) }
        var event = Event("statement.sealed", about: EventSubject(head.id), suppliers: head.supplier.map { [$0] } ?? []) { json in
            json.field("statement_id", head.id)
            json.field("wallet_id", head.wallet)
            json.field("supplier_id", head.supplier)
            json.field("number", head.number)
            json.field("next_statement_id", seal.next)
            json.field("opening_balance", money(figures.opening))
            json.field("closing_balance", money(figures.closing))
            json.field("payable", money(max(0, figures.owed)))
            json.field("owed_back", money(max(0, -figures.owed)))
        }
        event.amountMinor = figures.owed
        return event
    }
}
