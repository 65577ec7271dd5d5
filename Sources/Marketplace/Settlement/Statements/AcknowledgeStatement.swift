import EventLog
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// A person of the supplier's agrees with a sealed statement: what it says may be paid. No dispute of it waits, and none can
/// be opened any more.
struct AcknowledgeStatement: Sendable {
    let id: StatementID

    func run(in tx: borrowing Transaction, of retailer: RetailerID, by author: Author) throws -> Statement {
        let head = try tx.lockSealed(id, of: retailer)
        guard let person = author.principal.person else { throw SettlementRefusal.personNeeded }
        guard let supplier = head.supplier, let settlement = head.settlement else { throw Problem.notFound("statement") }
        guard settlement.state != .disputed else { throw SettlementRefusal.disputesOpen }
        guard settlement.state.mayBeDisputed else { throw SettlementRefusal.statementIs(settlement.state) }
        let now = author.world.now()
        try tx.execute(
            """
            INSERT INTO acknowledgement (
                retailer_id, statement_id, supplier_id, acknowledged_by_person, acknowledged_by_key, acknowledged_at
            )
            VALUES (\(retailer), \(id), \(supplier), \(person), \(author.principal.key), \(now))
            """)
        guard let acknowledged = try tx.statementHead(id, of: retailer) else { throw Problem.notFound("statement") }
        let statement = try tx.statement(acknowledged, at: retailer)
        try tx.audit(author, "statement.acknowledged", about: EventSubject(id), after: statement)
        try tx.append(.acknowledged(statement, at: now), to: retailer, in: author.world)
        return statement
    }
}

extension Transaction {
    /// A sealed statement, under the lock of its wallet's statements: every step after the seal takes it first.
    func lockSealed(_ id: StatementID, of retailer: RetailerID) throws -> StatementHead {
        guard let found = try statementHead(id, of: retailer) else { throw Problem.notFound("statement") }
        try lockStatements(of: found.wallet, at: retailer)
        guard let head = try statementHead(id, of: retailer), head.seal != nil else { throw SettlementRefusal.statementOpen }
        return head
    }
}

extension Event {
    fileprivate static func acknowledged(_ statement: Statement, at now: Instant) -> Event {
        let (head, owed) = (statement.head, statement.figures.owed)
        var event = Event("statement.acknowledged", about: EventSubject(head.id), suppliers: head.supplier.map { [$0] } ?? []) {
            json in
            json.field("statement_id", head.id)
            json.field("wallet_id", head.wallet)
            json.field("supplier_id", head.supplier)
            json.field("number", head.number)
            json.field("payable", Money(minor: max(0, owed), asset: head.asset))
            json.field("owed_back", Money(minor: max(0, -owed), asset: head.asset))
            json.field("acknowledged_at", now)
        }
        event.amountMinor = owed
        return event
    }
}
