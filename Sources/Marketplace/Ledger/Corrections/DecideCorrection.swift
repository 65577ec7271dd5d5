import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// What the decisions on a correction have in common: the lock, and whose decision it is.
struct CorrectionStep: Sendable {
    let correction: CorrectionID
    let books: Books

    /// Locked before any account.
    func lock(in tx: borrowing Transaction, by author: Author) throws -> (Correction, Wallet) {
        guard let found = try tx.lockCorrection(correction, in: books),
            let wallet = try tx.wallet(found.wallet, of: books.retailer)
        else { throw Problem.notFound("correction") }
        try tx.checkHolder(of: wallet, at: books.retailer, author.principal)
        return (found, wallet)
    }

    func finish(
        _ before: Correction, _ after: Correction, _ action: StaticString, reason: String? = nil, _ more: [Event] = [],
        in tx: borrowing Transaction, by author: Author
    ) throws -> Correction {
        try tx.update(after, of: books.retailer)
        try tx.audit(author, action, about: EventSubject(correction), reason: reason, before: before, after: after)
        let facts = [.correction("\(action)", after)] + more
        try tx.append(facts, to: books.retailer, ids: facts.map { _ in author.world.newID() }, at: author.world.now())
        return after
    }
}

/// Another person approves: the money goes back the way it came, by a transfer that names the one it undoes. Each transfer is
/// undone once; a wallet that no longer has the money refuses.
struct ApproveCorrection: Sendable {
    let step: CorrectionStep

    func run(in tx: borrowing Transaction, by author: Author) throws -> Correction {
        let (before, wallet) = try step.lock(in: tx, by: author)
        let retailer = step.books.retailer
        let after = try before.approving(
            by: Signature(author), transfer: DerivedID.make(retailer, key: "\(before.id)", leg: "post"))
        guard let wrong = try tx.correctable(before.corrected, of: retailer)?.transfer, let id = after.transfer else {
            throw Problem.notFound("transfer")
        }
        let undoing = NewTransfer(
            id: id, kind: .correction, debit: wrong.credit, credit: wrong.debit, amount: before.amount,
            cause: EventSubject(before.id), businessDay: step.books.today, reverses: wrong.id)
        let low = try tx.postWatching([undoing], of: retailer, at: author.world.now()).facts
        if wrong.kind == .topUp, before.amount == wrong.amount { try tx.freeBankLine(of: wrong.id, at: retailer) }
        return try step.finish(
            before, after, "correction.posted", [.walletCorrected(wallet, undoing)] + low, in: tx, by: author)
    }
}

/// Nothing will come of it; the transfer may be asked about again.
struct RejectCorrection: Sendable {
    let step: CorrectionStep
    let reason: String

    init(_ fields: Fields, _ step: CorrectionStep) {
        self.step = step
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Correction {
        let (before, _) = try step.lock(in: tx, by: author)
        let after = try before.rejecting(by: Signature(author), because: reason)
        return try step.finish(before, after, "correction.rejected", reason: reason, in: tx, by: author)
    }
}
