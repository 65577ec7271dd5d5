import EventLog
import HTTPSupport
import Kernel
import Postgres

/// An agreement is signed, activated, suspended, resumed or ended as a whole. Its campaigns follow by the event.
struct MoveAgreement: Sendable {
    let retailer: RetailerID
    let id: AgreementID
    let transition: AgreementTransition
    let ifMatch: IfMatch?
    let reason: String?

    enum Refusal: Kernel.Refusal {
        case notFrom(AgreementState, AgreementTransition)

        var problem: Problem {
            switch self {
            case .notFrom(let state, let transition):
                Problem(
                    409, "wrong_state", "The thing's state does not allow this.",
                    detail: "\(transition.rawValue): the agreement is \(state.rawValue).")
            }
        }
    }

    init(_ fields: Fields, _ transition: AgreementTransition, _ id: AgreementID, of retailer: RetailerID, _ ifMatch: IfMatch?) {
        self.retailer = retailer
        self.id = id
        self.transition = transition
        self.ifMatch = ifMatch
        reason =
            transition.needsReason
            ? fields.string("reason", max: Audit.reasonCharactersMax)
            : fields.stringIfPresent("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Agreement {
        guard let before = try tx.lockAgreement(id, of: retailer) else { throw Problem.notFound("agreement") }
        try ifMatch?.check(before.version)
        guard let state = before.state.after(transition) else { throw Refusal.notFrom(before.state, transition) }
        let after = before.changed(at: author.world.now()) { $0.state = state }
        try tx.updateState(of: after)
        try tx.audit(
            author, transition.eventType, about: EventSubject(id), reason: reason, before: AgreementSummary(agreement: before),
            after: AgreementSummary(agreement: after))
        try tx.append(after.event(transition.eventType, reason: reason), to: retailer, in: author.world)
        return after
    }
}
