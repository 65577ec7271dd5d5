import EventLog
import HTTPSupport
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// What the steps of a dispute have in common: the lock and the record.
struct DisputeStep: Sendable {
    let dispute: DisputeID
    let books: Books

    func lock(in tx: borrowing Transaction) throws -> Dispute {
        guard let found = try tx.lockDispute(dispute, in: books) else { throw Problem.notFound("dispute") }
        return found
    }

    func finish(
        _ before: Dispute, _ after: Dispute, _ action: StaticString, reason: String? = nil, _ more: [Event] = [],
        in tx: borrowing Transaction, by author: Author
    ) throws -> Dispute {
        try tx.update(after, of: books.retailer)
        try tx.audit(author, action, about: EventSubject(dispute), reason: reason, before: before, after: after)
        let facts = [.dispute("\(action)", after)] + more
        try tx.append(facts, to: books.retailer, ids: facts.map { _ in author.world.newID() }, at: author.world.now())
        return after
    }
}

/// A person of the retailer's says that the supplier is right, in whole or in part. Another settles it.
struct UpholdDispute: Sendable {
    let step: DisputeStep
    /// Nil: all that is disputed.
    let amount: Money?
    let answer: String

    init(_ fields: Fields, _ step: DisputeStep) {
        self.step = step
        amount = fields.moneyIfPresent("amount", in: step.books.asset, minor: 1...Money.bound)
        answer = fields.string("answer", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Dispute {
        let before = try step.lock(in: tx)
        let minor = amount?.minor ?? before.amount.minor
        let after = try before.upholding(minor, answer, by: Signature(author))
        guard minor <= before.amount.minor, minor <= (try tx.paid(before.line, at: step.books.retailer)).leftMinor else {
            throw Dispute.Refusal.beyondLine
        }
        return try step.finish(before, after, "dispute.upheld", reason: answer, in: tx, by: author)
    }
}

/// A person of the retailer's says that the line is right.
struct RejectDispute: Sendable {
    let step: DisputeStep
    let answer: String

    init(_ fields: Fields, _ step: DisputeStep) {
        self.step = step
        answer = fields.string("answer", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Dispute {
        let before = try step.lock(in: tx)
        let after = try before.rejecting(answer, by: Signature(author))
        return try step.finish(before, after, "dispute.rejected", reason: answer, in: tx, by: author)
    }
}

/// The supplier takes its dispute back; the line may be disputed again.
struct WithdrawDispute: Sendable {
    let step: DisputeStep

    func run(in tx: borrowing Transaction, by author: Author) throws -> Dispute {
        let before = try step.lock(in: tx)
        let after = try before.withdrawing(by: Signature(author))
        return try step.finish(before, after, "dispute.withdrawn", in: tx, by: author)
    }
}
