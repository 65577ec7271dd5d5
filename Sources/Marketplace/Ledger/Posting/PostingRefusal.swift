package import Kernel

extension Posting {
    /// Why the books do not take something. Nothing of what was refused has taken effect.
    package enum Refusal: Kernel.Refusal, Hashable {
        case accountNotFound(AccountID)
        /// `missing`: minor units that are not there.
        case insufficientFunds(AccountID, missing: Int64)
        case wrongAsset(AccountID)
        /// A counter would leave 64 bits.
        case balanceTooLarge(AccountID)
        /// The id was posted with other content; `field` is the first column that differs.
        case transferExists(TransferID, field: String)
        /// One id stands twice in what is to be paid.
        case transferTwice(TransferID)
        case reversedTransferNotFound(TransferID)
        case alreadyReversed(TransferID)
        /// A reversal goes the other way between the same accounts, and not beyond the amount.
        case notAReversal(of: TransferID)
        case holdNotFound
        case holdExists(HoldID, field: String)
        case holdAlreadyPosted(HoldID)
        case holdAlreadyVoided(HoldID)
        case holdExpired(HoldID)
        case exceedsHold(HoldID)
        /// Only a campaign's money can be held.
        case notHoldable(AccountID)

        package var problem: Problem {
            switch self {
            case .accountNotFound: Problem(404, "account_not_found", "There is no such account.")
            case .insufficientFunds: Problem(409, "insufficient_funds", "The balance does not suffice.")
            case .wrongAsset: Problem(422, "wrong_currency", "The account counts in another currency.")
            case .balanceTooLarge: Problem(422, "balance_too_large", "The account cannot count so much.")
            case .transferExists(_, let field):
                Problem(
                    409, "transfer_exists", "The transfer was posted before with other content.", detail: "Differs in \(field).")
            case .transferTwice: Problem(422, "transfer_twice", "One transfer is to be posted twice.")
            case .reversedTransferNotFound: Problem(404, "transfer_not_found", "There is no such transfer.")
            case .alreadyReversed: Problem(409, "already_reversed", "The transfer was undone before.")
            case .notAReversal: Problem(422, "not_a_reversal", "This does not undo that transfer.")
            case .holdNotFound: Problem(404, "hold_not_found", "There is no such hold.")
            case .holdExists(_, let field):
                Problem(409, "hold_exists", "The hold was placed before with other content.", detail: "Differs in \(field).")
            case .holdAlreadyPosted: Problem(409, "hold_already_posted", "The hold was posted before.")
            case .holdAlreadyVoided: Problem(409, "hold_already_voided", "The hold was voided before.")
            case .holdExpired: Problem(409, "hold_expired", "The hold has expired.")
            case .exceedsHold: Problem(409, "exceeds_hold", "This is more than the hold keeps.")
            case .notHoldable: Problem(422, "not_holdable", "Only a campaign's money can be held.")
            }
        }
    }
}
