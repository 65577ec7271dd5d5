import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

enum PaymentIDKind: IDKind { static let prefix = "payment" }
typealias PaymentID = TypedID<PaymentIDKind>

/// What the owner of a wallet owes the retailer by sealed statements, on its way to being paid: ordered (payable -> clearing),
/// then paid (clearing -> the bank), or taken back (clearing -> payable). What more came back than was given in one statement
/// is netted against the others.
struct Payment: Sendable, Hashable {
    let id: PaymentID
    let wallet: WalletID
    /// Whose wallet it is; nil: the retailer's own.
    let supplier: SupplierID?
    let method: Method
    /// More than zero: the sum of what its statements owe.
    let amount: Money
    let statements: [SettledStatement]
    let ordered: Signature
    let settlement: TransferID
    var progress: Progress

    enum Method: String, CaseIterable, SQLWord {
        /// The platform holds the money and pays the retailer.
        case bank
        /// The retailer holds the money already.
        case netted
    }

    enum Progress: Sendable, Hashable {
        case ordered
        case paid(by: Signature, on: BusinessDay, bankReference: String?, transfer: TransferID)
        case cancelled(by: Signature, reason: String, transfer: TransferID)
    }

    var state: PaymentState {
        switch progress {
        case .ordered: .ordered
        case .paid: .paid
        case .cancelled: .cancelled
        }
    }

    var ended: Signature? {
        switch progress {
        case .ordered: nil
        case .paid(let by, _, _, _), .cancelled(let by, _, _): by
        }
    }

    var endTransfer: TransferID? {
        switch progress {
        case .ordered: nil
        case .paid(_, _, _, let transfer), .cancelled(_, _, let transfer): transfer
        }
    }

    var paidOn: BusinessDay? { if case .paid(_, let day, _, _) = progress { day } else { nil } }
    var bankReference: String? { if case .paid(_, _, let reference, _) = progress { reference } else { nil } }
    var cancelReason: String? { if case .cancelled(_, let reason, _) = progress { reason } else { nil } }
}

enum PaymentState: String, CaseIterable, SQLWord {
    case ordered, paid, cancelled
}

/// A statement in a payment, and what its owner owes by it: below zero where more came back than was given.
struct SettledStatement: Sendable, Hashable {
    let id: StatementID
    let owedMinor: Int64
}

extension Payment: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("wallet_id", wallet)
            json.field("supplier_id", supplier)
            json.field("state", word: state)
            json.field("method", word: method)
            json.field("amount", amount)
            json.field("statements", statements.map { StatementOwed(statement: $0, asset: amount.asset) })
            json.field("ordered_at", ordered.at)
            json.field("settlement_transfer_id", settlement)
            json.field("bank_reference", bankReference)
            json.field("paid_on", paidOn)
            json.field("ended_at", ended?.at)
            json.field("cancel_reason", cancelReason)
            json.field("payment_transfer_id", paidOn == nil ? nil : endTransfer)
        }
    }
}

private struct StatementOwed: JSONWritable {
    let statement: SettledStatement
    let asset: Asset

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("statement_id", statement.id)
            json.field("owed", Money(minor: statement.owedMinor, asset: asset))
        }
    }
}
