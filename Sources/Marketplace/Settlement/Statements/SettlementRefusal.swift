import Kernel

/// What the steps after the seal refuse, whichever step it is.
enum SettlementRefusal: Kernel.Refusal, Hashable {
    case personNeeded
    case secondPersonNeeded
    /// The statement still takes in what is posted.
    case statementOpen
    /// The statement is not where the step begins.
    case statementIs(SettlementState)
    case disputesOpen

    var problem: Problem {
        switch self {
        case .personNeeded: Problem(403, "person_needed", "Only the key of a person may do this, not a service's.")
        case .secondPersonNeeded:
            Problem(403, "second_person_needed", "Another person than who decided must do this.")
        case .statementOpen: Problem(409, "statement_open", "The statement is not sealed yet.")
        case .statementIs(let state):
            Problem(
                409, "wrong_state", "The statement does not allow this in its state.",
                detail: "Its settlement is \(state.rawValue).")
        case .disputesOpen: Problem(409, "disputes_open", "Disputes of the statement wait for their end.")
        }
    }
}
