import EventLog
import HTTPSupport
import Kernel
import Postgres

/// A draft's terms change. What both sides signed is fixed: other terms are another agreement.
struct EditAgreement: Sendable {
    let retailer: RetailerID
    let id: AgreementID
    let ifMatch: IfMatch

    enum Refusal: Kernel.Refusal {
        case notADraft(AgreementState)

        var problem: Problem {
            switch self {
            case .notADraft(let state):
                Problem(409, "not_a_draft", "Only a draft can be edited.", detail: "The agreement is \(state.rawValue).")
            }
        }
    }

    /// `edit` reads the new terms over the old ones.
    func run(
        in tx: borrowing Transaction, by author: Author, _ edit: (Agreement) throws -> AgreementTerms
    ) throws -> Agreement {
        guard let before = try tx.lockAgreement(id, of: retailer) else { throw Problem.notFound("agreement") }
        try ifMatch.check(before.version)
        guard before.state == .draft else { throw Refusal.notADraft(before.state) }
        let terms = try edit(before)
        let after = before.changed(at: author.world.now()) { $0.terms = terms }
        try tx.checkResponsible(of: after)
        try tx.updateTerms(of: after)
        try tx.audit(author, "agreement.edited", about: EventSubject(id), before: before, after: after)
        try tx.append(after.event("agreement.edited"), to: retailer, in: author.world)
        return after
    }
}
