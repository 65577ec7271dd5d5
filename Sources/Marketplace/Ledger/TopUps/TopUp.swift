import JSONText
package import Kernel
import Postgres
package import Tenancy

/// Money on its way into a supplier's wallet (DOMAIN 6): the supplier's treasurer asks, the money holder's treasurer says
/// that the bank has it, a second person confirms where the retailer's policy wants one. What came is credited, not
/// what was asked for. A supplier never credits itself.
struct TopUp: Sendable, Hashable {
    let id: TopUpID
    let wallet: WalletID
    let supplier: SupplierID
    let requested: Money
    /// What the supplier writes on its payment, so that the bank line can be matched.
    let paymentReference: String
    let requestedBy: Signature
    var progress: Progress
    var version: Int64

    enum Progress: Sendable, Hashable {
        case requested
        case received(BankLine, by: Signature)
        case credited(BankLine, received: Signature, credited: Signature, transfer: TransferID)
        /// A line that had been received is free for another top-up again; the audit keeps what was said of it.
        case cancelled(reason: String)
    }

    var state: TopUpState {
        switch progress {
        case .requested: .requested
        case .received: .received
        case .credited: .credited
        case .cancelled: .cancelled
        }
    }

    var line: BankLine? {
        switch progress {
        case .requested, .cancelled: nil
        case .received(let line, _), .credited(let line, _, _, _): line
        }
    }
}

enum TopUpState: String, CaseIterable, SQLWord {
    case requested, received, credited, cancelled
}

/// Who did a step, with which key, when. No person: a service.
package struct Signature: Sendable, Hashable {
    package let person: PersonID?
    package let key: KeyID
    package let at: Instant

    package init(person: PersonID?, key: KeyID, at: Instant) {
        self.person = person
        self.key = key
        self.at = at
    }
}

/// A payment as the bank's statement has it. `bankID` is the bank's own id of the line, used once.
struct BankLine: Sendable, Hashable, JSONWritable {
    let bankID: String
    let payer: String
    let amount: Money
    let receivedOn: BusinessDay

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("bank_id", bankID)
            json.field("payer", payer)
            json.field("amount", amount)
            json.field("received_on", receivedOn)
        }
    }
}

extension TopUp: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("wallet_id", wallet)
            json.field("supplier_id", supplier)
            json.field("state", word: state)
            json.field("amount", requested)
            json.field("payment_reference", paymentReference)
            json.field("requested_at", requestedBy.at)
            json.field("bank_line", line)
            json.field("received_at", received?.at)
            json.field("credited_at", credited?.at)
            json.field("transfer_id", transfer)
            json.field("cancel_reason", cancelReason)
        }
    }

    var received: Signature? {
        switch progress {
        case .requested, .cancelled: nil
        case .received(_, let signature), .credited(_, let signature, _, _): signature
        }
    }

    var credited: Signature? { if case .credited(_, _, let signature, _) = progress { signature } else { nil } }
    var transfer: TransferID? { if case .credited(_, _, _, let transfer) = progress { transfer } else { nil } }
    var cancelReason: String? { if case .cancelled(let reason) = progress { reason } else { nil } }
}
