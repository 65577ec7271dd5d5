import JSONText
import Kernel
import Postgres
import Tenancy

/// A transfer that brought money into a wallet, or took it out to the bank or the retailer's budget, was wrong: a person asks
/// that it be undone, in whole or in part, and another person approves. Then a new transfer goes the other way; nothing that
/// stands is changed. What receipts caused is corrected by voids, returns and revisions of receipts, what launches moved by
/// ending the campaign.
struct Correction: Sendable, Hashable {
    let id: CorrectionID
    let wallet: WalletID
    /// Whose wallet it is; nil: the retailer's own.
    let supplier: SupplierID?
    /// The transfer that was wrong.
    let corrected: TransferID
    /// Of it, so much is undone: more than zero, at most its amount.
    let amount: Money
    let reason: String
    let requestedBy: Signature
    var progress: Progress

    /// Transfers that people caused by a paper of the bank or of the budget.
    static let kinds: Set<TransferKind> = [.topUp, .allocation, .refund]

    enum Progress: Sendable, Hashable {
        case requested
        case posted(by: Signature, transfer: TransferID)
        case rejected(by: Signature, reason: String)
    }

    var state: CorrectionState {
        switch progress {
        case .requested: .requested
        case .posted: .posted
        case .rejected: .rejected
        }
    }

    var decided: Signature? {
        switch progress {
        case .requested: nil
        case .posted(let by, _), .rejected(let by, _): by
        }
    }

    var transfer: TransferID? { if case .posted(_, let transfer) = progress { transfer } else { nil } }
    var rejection: String? { if case .rejected(_, let reason) = progress { reason } else { nil } }
}

enum CorrectionState: String, CaseIterable, SQLWord {
    case requested, posted, rejected
}

extension Correction: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("wallet_id", wallet)
            json.field("supplier_id", supplier)
            json.field("corrects", corrected)
            json.field("state", word: state)
            json.field("amount", amount)
            json.field("reason", reason)
            json.field("requested_at", requestedBy.at)
            json.field("decided_at", decided?.at)
            json.field("rejection", rejection)
            json.field("transfer_id", transfer)
        }
    }
}
