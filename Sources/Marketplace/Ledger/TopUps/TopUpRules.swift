import Kernel
import Tenancy

/// Which step a top-up may take, and by whom. Persons are compared, not keys; services never confirm.
extension TopUp {
    enum Refusal: Kernel.Refusal, Hashable {
        case wrongState(TopUpState)
        case ownRequest
        case personNeeded
        case secondPersonNeeded
        case bankLineUsed
        case agreementNotOpen
        case noAgreement
        case receivedAlready

        var problem: Problem {
            switch self {
            case .wrongState(let state):
                Problem(
                    409, "wrong_state", "The top-up does not allow this in its state.",
                    detail: "It is \(state.rawValue).")
            case .ownRequest: Problem(403, "own_request", "Who asked for a top-up neither receives nor confirms it.")
            case .personNeeded: Problem(403, "person_needed", "Only the key of a person may do this, not a service's.")
            case .secondPersonNeeded: Problem(403, "second_person_needed", "Another person than who received it must confirm.")
            case .bankLineUsed: Problem(409, "bank_line_used", "This bank line was received for another top-up.")
            case .agreementNotOpen: Problem(409, "agreement_not_open", "The agreement takes no money in its state.")
            case .noAgreement: Problem(409, "not_suppliers_wallet", "Only a supplier's wallet is topped up.")
            case .receivedAlready: Problem(409, "wrong_state", "What was received can be cancelled by the money holder only.")
            }
        }
    }

    /// The bank has the money. Where no second person is wanted it is credited by the same step.
    func receiving(
        _ line: BankLine, by signature: Signature, needsSecondPerson: Bool, transfer: TransferID
    ) throws(Refusal) -> TopUp {
        guard case .requested = progress else { throw .wrongState(state) }
        try refuseRequester(signature)
        guard needsSecondPerson else {
            return after(.credited(line, received: signature, credited: signature, transfer: transfer))
        }
        guard signature.person != nil else { throw .personNeeded }
        return after(.received(line, by: signature))
    }

    /// A second person agrees, and the money is credited.
    func confirming(by signature: Signature, transfer: TransferID) throws(Refusal) -> TopUp {
        guard case .received(let line, let received) = progress else { throw .wrongState(state) }
        guard let person = signature.person else { throw .personNeeded }
        try refuseRequester(signature)
        guard person != received.person, signature.key != received.key else { throw .secondPersonNeeded }
        return after(.credited(line, received: received, credited: signature, transfer: transfer))
    }

    /// Nothing will come of it. The supplier may take back its request; what the bank has, only the money holder.
    func cancelling(because reason: String, bySupplier: Bool) throws(Refusal) -> TopUp {
        switch progress {
        case .received where bySupplier: throw .receivedAlready
        case .requested, .received: return after(.cancelled(reason: reason))
        case .credited, .cancelled: throw .wrongState(state)
        }
    }

    private func refuseRequester(_ signature: Signature) throws(Refusal) {
        if signature.key == requestedBy.key { throw .ownRequest }
        if let person = signature.person, person == requestedBy.person { throw .ownRequest }
    }

    private func after(_ progress: Progress) -> TopUp {
        var next = self
        next.progress = progress
        next.version += 1
        return next
    }
}
