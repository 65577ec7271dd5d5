import Kernel
import Tenancy

/// Which step a correction may take, and by whom. Persons are compared, not keys; services neither ask nor decide.
extension Correction {
    enum Refusal: Kernel.Refusal, Hashable {
        case notCorrectable(TransferKind)
        case beyondTransfer
        /// Another correction of the transfer waits or was posted.
        case askedBefore
        case wrongState(CorrectionState)
        case personNeeded
        case secondPersonNeeded

        var problem: Problem {
            switch self {
            case .notCorrectable(let kind):
                Problem(
                    409, "not_correctable", "A transfer of this kind is not corrected so.", detail: "It is \(kind.rawValue).")
            case .beyondTransfer: Problem(409, "beyond_transfer", "A correction undoes no more than the transfer moved.")
            case .askedBefore: Problem(409, "correction_exists", "A correction of this transfer waits or was posted.")
            case .wrongState(let state):
                Problem(
                    409, "wrong_state", "The correction does not allow this in its state.", detail: "It is \(state.rawValue).")
            case .personNeeded: Problem(403, "person_needed", "Only the key of a person may do this, not a service's.")
            case .secondPersonNeeded:
                Problem(403, "second_person_needed", "Another person than who asked must approve.")
            }
        }
    }

    /// Somebody else agrees, and the transfer that undoes it is posted.
    func approving(by signature: Signature, transfer: TransferID) throws(Refusal) -> Correction {
        guard case .requested = progress else { throw .wrongState(state) }
        guard let person = signature.person else { throw .personNeeded }
        guard person != requestedBy.person, signature.key != requestedBy.key else { throw .secondPersonNeeded }
        var next = self
        next.progress = .posted(by: signature, transfer: transfer)
        return next
    }

    /// Nothing will come of it: another person says so, or who asked takes it back.
    func rejecting(by signature: Signature, because reason: String) throws(Refusal) -> Correction {
        guard case .requested = progress else { throw .wrongState(state) }
        guard signature.person != nil else { throw .personNeeded }
        var next = self
        next.progress = .rejected(by: signature, reason: reason)
        return next
    }
}
