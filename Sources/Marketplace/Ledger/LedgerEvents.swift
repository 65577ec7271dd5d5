import EventLog
import JSONText
import Kernel
import Parties

/// The facts that the ledger tells. Each has a schema in `Contracts/events`.
extension Event {
    static func walletOpened(_ wallet: Wallet) -> Event {
        Event("wallet.opened", about: EventSubject(wallet.id), suppliers: wallet.owners) { json in
            json.field("wallet_id", wallet.id)
            json.field("supplier_id", wallet.supplier)
            json.field("agreement_id", wallet.agreement)
            json.field("name", wallet.name)
            json.field("currency", wallet.asset.code)
        }
    }

    /// Money came in: a top-up or an allocation.
    static func walletCredited(_ wallet: Wallet, _ transfer: NewTransfer) -> Event {
        moved("wallet.credited", wallet, transfer)
    }

    /// Money went back to the supplier's bank account.
    static func walletRefunded(_ wallet: Wallet, _ transfer: NewTransfer) -> Event {
        moved("wallet.refunded", wallet, transfer)
    }

    private static func moved(_ type: String, _ wallet: Wallet, _ transfer: NewTransfer) -> Event {
        var event = Event(type, about: EventSubject(wallet.id), suppliers: wallet.owners) { json in
            json.field("wallet_id", wallet.id)
            json.field("supplier_id", wallet.supplier)
            json.field("transfer_id", transfer.id)
            json.field("kind", word: transfer.kind)
            json.field("amount", transfer.amount)
            json.field("business_day", transfer.businessDay)
        }
        event.amountMinor = transfer.amount.minor
        return event
    }

    static func topUp(_ type: String, _ topUp: TopUp) -> Event {
        var event = Event(type, about: EventSubject(topUp.id), suppliers: [topUp.supplier]) { json in
            json.field("top_up", topUp)
        }
        event.amountMinor = topUp.line?.amount.minor ?? topUp.requested.minor
        return event
    }
}

extension Wallet {
    /// Who may read its facts besides the retailer.
    fileprivate var owners: [SupplierID] { supplier.map { [$0] } ?? [] }
}
