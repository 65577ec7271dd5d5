import Campaigns
import Checkout
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

enum DisputeIDKind: IDKind { static let prefix = "dispute" }
typealias DisputeID = TypedID<DisputeIDKind>

/// The supplier says that a line of a sealed statement is wrong: a discount that it paid, or bore. The retailer rejects it, or
/// one of its persons upholds it and another settles it: then discount and fee go back to the wallet, in the statement that is
/// open by then. The sealed one never changes.
struct Dispute: Sendable, Hashable {
    let id: DisputeID
    let statement: StatementID
    let wallet: WalletID
    let supplier: SupplierID
    let line: DisputedLine
    /// What is said to be wrong: more than zero, at most what the line moved.
    let amount: Money
    let reason: String
    let opened: Signature
    var progress: Progress

    enum Progress: Sendable, Hashable {
        case open
        case upheld(Answer, minor: Int64)
        case settled(Answer, by: Signature, GivenUp)
        case rejected(Answer)
        case withdrawn(by: Signature)
    }

    /// What the retailer says, and who of it.
    struct Answer: Sendable, Hashable {
        let text: String
        let by: Signature
    }

    /// The transfers that a settled dispute caused, and what of the fee went back.
    struct GivenUp: Sendable, Hashable {
        let minor: Int64
        let feeMinor: Int64
        let transfer: TransferID
        let feeTransfer: TransferID?
    }

    /// How transfers name a dispute as their cause: what it gave back of the discount, and of the fee.
    static let causeKind = "dispute"
    static let feeCauseKind = "dispute_fee"

    var state: DisputeState {
        switch progress {
        case .open: .open
        case .upheld: .upheld
        case .settled: .settled
        case .rejected: .rejected
        case .withdrawn: .withdrawn
        }
    }

    var answer: Answer? {
        switch progress {
        case .open, .withdrawn: nil
        case .upheld(let answer, _), .settled(let answer, _, _), .rejected(let answer): answer
        }
    }

    var decided: Signature? { if case .withdrawn(let by) = progress { by } else { answer?.by } }

    var upheldMinor: Int64? {
        switch progress {
        case .upheld(_, let minor): minor
        case .settled(_, _, let given): given.minor
        case .open, .rejected, .withdrawn: nil
        }
    }

    var settled: Signature? { if case .settled(_, let by, _) = progress { by } else { nil } }
    var given: GivenUp? { if case .settled(_, _, let given) = progress { given } else { nil } }
}

enum DisputeState: String, CaseIterable, SQLWord {
    case open, upheld, settled, rejected, withdrawn
}

/// A transfer of a sealed statement that paid a discount, and what it was for.
struct DisputedLine: Sendable, Hashable {
    let transfer: TransferID
    let redemption: RedemptionID
    /// That paid: a campaign's, or the wallet's own where it bore what no budget paid.
    let account: AccountID
    let campaign: CampaignID
    let isBorne: Bool
}

extension Dispute: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("statement_id", statement)
            json.field("wallet_id", wallet)
            json.field("supplier_id", supplier)
            json.field("transfer_id", line.transfer)
            json.field("redemption_id", line.redemption)
            json.field("campaign_id", line.campaign)
            json.field("state", word: state)
            json.field("amount", amount)
            json.field("reason", reason)
            json.field("opened_at", opened.at)
            json.field("answer", answer?.text)
            json.field("decided_at", decided?.at)
            json.field("upheld_amount", upheldMinor.map { Money(minor: $0, asset: amount.asset) })
            json.field("settled_at", settled?.at)
            json.field("fee_amount", given.map { Money(minor: $0.feeMinor, asset: amount.asset) })
            json.field("correction_transfer_id", given?.transfer)
        }
    }
}
