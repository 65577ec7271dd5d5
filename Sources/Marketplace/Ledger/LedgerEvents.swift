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

    /// Money that had come in or gone out went back the way it came.
    static func walletCorrected(_ wallet: Wallet, _ transfer: NewTransfer) -> Event {
        moved("wallet.corrected", wallet, transfer)
    }

    static func correction(_ type: String, _ correction: Correction) -> Event {
        var event = Event(
            type, about: EventSubject(correction.id), suppliers: correction.supplier.map { [$0] } ?? []
        ) { json in
            json.field("correction", correction)
        }
        event.amountMinor = correction.amount.minor
        return event
    }

    /// A day's closing balances stand; for the retailer alone.
    static func dayClosed(_ day: LedgerDay) -> Event {
        Event("ledger.day_closed", about: EventSubject(kind: "ledger_day", id: "\(day.day)")) { json in
            json.field("day", day.day)
            json.field("accounts", day.accounts)
            json.field("hash", LedgerDay.hex(day.hash))
            json.field("previous_hash", day.previous.map(LedgerDay.hex))
        }
    }

    /// What may be spent fell below what the owner wants to be told of.
    static func lowBalance(of wallet: Wallet, _ account: Account) -> Event {
        var event = Event("wallet.low_balance", about: EventSubject(wallet.id), suppliers: wallet.owners) { json in
            json.field("wallet_id", wallet.id)
            json.field("supplier_id", wallet.supplier)
            json.field("name", wallet.name)
            json.field("threshold", Money(minor: account.lowBalance ?? 0, asset: wallet.asset))
            json.field("available", Money(minor: account.available, asset: wallet.asset))
        }
        event.amountMinor = account.available
        return event
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
