import Kernel
import Ledger
import Tenancy

/// Which step a payment may take, and by whom. Persons are compared, not keys; services take none.
extension Payment {
    enum Refusal: Kernel.Refusal, Hashable {
        /// What is owed by the statements that may be paid; zero or below.
        case nothingToPay(owedMinor: Int64)
        case wrongState(PaymentState)
        case bankReferenceNeeded
        case bankReferenceUsed

        var problem: Problem {
            switch self {
            case .nothingToPay(let owed):
                Problem(
                    409, "nothing_to_pay", "By the statements that may be paid nothing is owed.",
                    detail: owed < 0 ? "\(-owed) minor units are owed back: they are netted with later statements." : nil)
            case .wrongState(let state):
                Problem(
                    409, "wrong_state", "The payment does not allow this in its state.", detail: "It is \(state.rawValue).")
            case .bankReferenceNeeded:
                Problem(409, "bank_reference_needed", "The bank pays this: its reference is needed.")
            case .bankReferenceUsed:
                Problem(409, "bank_reference_used", "A payment with this bank reference stands in the books.")
            }
        }
    }

    func paying(
        on day: BusinessDay, bankReference: String?, transfer: TransferID, by signature: Signature, needsSecondPerson: Bool
    ) throws -> Payment {
        guard case .ordered = progress else { throw Refusal.wrongState(state) }
        guard let person = signature.person else { throw SettlementRefusal.personNeeded }
        if needsSecondPerson, person == ordered.person || signature.key == ordered.key {
            throw SettlementRefusal.secondPersonNeeded
        }
        guard method == .netted || bankReference != nil else { throw Refusal.bankReferenceNeeded }
        return after(.paid(by: signature, on: day, bankReference: bankReference, transfer: transfer))
    }

    func cancelling(because reason: String, transfer: TransferID, by signature: Signature) throws -> Payment {
        guard case .ordered = progress else { throw Refusal.wrongState(state) }
        guard signature.person != nil else { throw SettlementRefusal.personNeeded }
        return after(.cancelled(by: signature, reason: reason, transfer: transfer))
    }

    private func after(_ progress: Progress) -> Payment {
        var next = self
        next.progress = progress
        return next
    }
}
