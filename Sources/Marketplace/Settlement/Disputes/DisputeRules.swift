import Kernel
import Ledger
import Tenancy

/// Which step a dispute may take, and by whom. Persons are compared, not keys; services neither decide nor settle.
extension Dispute {
    enum Refusal: Kernel.Refusal, Hashable {
        case notDisputable(TransferKind)
        case disputedBefore
        case beyondLine
        case wrongState(DisputeState)

        var problem: Problem {
            switch self {
            case .notDisputable(let kind):
                Problem(409, "not_disputable", "A line of this kind is not disputed so.", detail: "It is \(kind.rawValue).")
            case .disputedBefore: Problem(409, "dispute_exists", "A line is disputed once.")
            case .beyondLine: Problem(409, "beyond_line", "It is more than is left of the line.")
            case .wrongState(let state):
                Problem(
                    409, "wrong_state", "The dispute does not allow this in its state.", detail: "It is \(state.rawValue).")
            }
        }
    }

    /// Also anew, with another amount, until it is settled: a return may have given back some of what was upheld before.
    func upholding(_ minor: Int64, _ text: String, by signature: Signature) throws -> Dispute {
        switch progress {
        case .open, .upheld: break
        case .settled, .rejected, .withdrawn: throw Refusal.wrongState(state)
        }
        guard signature.person != nil else { throw SettlementRefusal.personNeeded }
        return after(.upheld(Answer(text: text, by: signature), minor: minor))
    }

    /// Also what another person had upheld: two must agree.
    func rejecting(_ text: String, by signature: Signature) throws -> Dispute {
        switch progress {
        case .open, .upheld: break
        case .settled, .rejected, .withdrawn: throw Refusal.wrongState(state)
        }
        guard signature.person != nil else { throw SettlementRefusal.personNeeded }
        return after(.rejected(Answer(text: text, by: signature)))
    }

    /// The supplier takes it back; once it is upheld it stays.
    func withdrawing(by signature: Signature) throws -> Dispute {
        guard case .open = progress else { throw Refusal.wrongState(state) }
        guard signature.person != nil else { throw SettlementRefusal.personNeeded }
        return after(.withdrawn(by: signature))
    }

    /// Another person agrees.
    func settling(_ given: GivenUp, by signature: Signature) throws -> Dispute {
        guard case .upheld(let answer, _) = progress else { throw Refusal.wrongState(state) }
        guard let person = signature.person else { throw SettlementRefusal.personNeeded }
        guard person != answer.by.person, signature.key != answer.by.key else { throw SettlementRefusal.secondPersonNeeded }
        return after(.settled(answer, by: signature, given))
    }

    private func after(_ progress: Progress) -> Dispute {
        var next = self
        next.progress = progress
        return next
    }
}

/// What one account paid of a redemption, and what of it came back so far, in minor units.
struct PaidLine: Sendable, Hashable {
    let paidMinor: Int64
    let feeMinor: Int64
    let returnedMinor: Int64
    let feeReturnedMinor: Int64

    var leftMinor: Int64 { max(0, paidMinor - returnedMinor) }

    /// The fee follows the discount in proportion, cumulatively rounded down, so that a full return gives back exactly all
    /// (DOMAIN 6).
    func fee(with minor: Int64) -> Int64 {
        guard paidMinor > 0 else { return 0 }
        let back = Int64(Int128(feeMinor) * Int128(returnedMinor + minor) / Int128(paidMinor))
        return min(max(0, back - feeReturnedMinor), feeMinor - feeReturnedMinor)
    }
}
