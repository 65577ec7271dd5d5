import Campaigns
import EventLog
import JSONText
import Kernel
import Ledger
import Receipts

/// One account's part of what a return gives back: money, and units for the campaign's limits.
struct GivenBack: Sendable {
    let redemption: PaidRedemption
    let share: ReturnShare
    /// The receipt that brings it back.
    let by: StoredKey
    /// The line of the return.
    let lineNo: Int32
    /// Thousandths of what was discounted that came back so far.
    let quantityMilli: Int64
    /// Units that go back to limits: only while the campaign runs (DOMAIN 8). They stand on one part of a redemption.
    private(set) var units: Int64
    /// Minor units that go back to the pace of the campaign, under the same condition.
    let pacedMinor: Int64

    /// Nil where nothing is left to give back.
    init?(_ redemption: PaidRedemption, discountedReturned: Int64, by: StoredKey, lineNo: Int32) {
        guard redemption.discountedMilli > 0, discountedReturned > 0 else { return nil }
        let share = ReturnShare(
            paid: redemption.paid, before: redemption.before, returnedMilli: discountedReturned, of: redemption.discountedMilli)
        let counts = redemption.isRunning && !redemption.isBorne
        let units = counts ? max(0, redemption.units(in: discountedReturned) - redemption.unitsBefore) : 0
        // What a dispute gave back has no money left, but its units come back with the goods.
        guard !share.isNothing || units > 0 else { return nil }
        self.redemption = redemption
        self.units = units
        self.share = share
        self.by = by
        self.lineNo = lineNo
        quantityMilli = discountedReturned
        pacedMinor = counts && redemption.isPaced ? share.discountMinor + share.feeMinor : 0
    }

    fileprivate func withoutUnits() -> GivenBack {
        var part = self
        part.units = 0
        return part
    }
}

extension PaidRedemption {
    /// Whole units in a part of what was discounted; a weighed line's one unit is back when all of it is.
    fileprivate func units(in milli: Int64) -> Int64 { Int64(Int128(units) * Int128(milli) / Int128(discountedMilli)) }
}

extension [GivenBack] {
    /// Several wallets may have paid for the same units.
    func countingUnitsOnce() -> [GivenBack] {
        var seen: Set<RedemptionID> = []
        return map { part in
            guard part.units > 0 else { return part }
            return seen.insert(part.redemption.id).inserted ? part : part.withoutUnits()
        }
    }
}

extension GivenBack {
    /// The limits that get units or money back on the business day of the return: those of a day or a week only within it.
    var limitChanges: [LimitChange] { unitChanges + moneyChanges }

    private var moneyChanges: [LimitChange] {
        guard pacedMinor > 0 else { return [] }
        let keys = LimitKey.paced(redemption.campaign, inStore: redemption.key.storeOrdinal, on: redemption.countedOn)
        return keys.filter { $0.period.isEmpty || by.businessDay == redemption.countedOn }.map {
            LimitChange(key: $0, limit: 0, used: pacedMinor)
        }
    }

    private var unitChanges: [LimitChange] {
        guard units > 0 else { return [] }
        let (day, sold) = (by.businessDay, redemption.countedOn)
        let key = { (counter: LimitKey.Counter, subject: String, period: String) in
            LimitKey(campaign: redemption.campaign, counter: counter, subject: subject, period: period)
        }
        var keys = [
            key(.campaign, "", ""), LimitKey(campaign: redemption.campaign, store: redemption.key.storeOrdinal),
        ]
        if let shopper = redemption.shopper {
            keys.append(key(.shopper, "\(shopper)", ""))
            if day.startOfWeek == sold.startOfWeek { keys.append(key(.shopperWeek, "\(shopper)", "\(sold.startOfWeek)")) }
            if day == sold { keys.append(key(.shopperDay, "\(shopper)", "\(sold)")) }
        }
        return keys.map { LimitChange(key: $0, limit: 0, used: units) }
    }

    /// From what is owed to the retailer and from the fee, back to where it came from.
    func transfers(_ accounts: [AccountID: Account], asset: Asset, retailer: RetailerID) -> [NewTransfer] {
        let target = AccountID(redemption.isClosed ? redemption.wallet : redemption.account)
        let payable = SharedAccount.payable(asset, owner: accounts[AccountID(redemption.account)]?.supplier)
        // What came back so far rises with each return. The receipt is not named: a supplier could try which it is.
        let leg = "\(redemption.account) \(quantityMilli)"
        let parts: [(TransferKind, SharedAccount, Int64)] = [
            (.return, payable, share.discountMinor), (.feeReturn, .fee(asset), share.feeMinor),
            (.unfundedReturn, payable, share.borneMinor),
        ]
        return parts.filter { $0.2 > 0 }.map { kind, debit, minor in
            NewTransfer(
                id: DerivedID.make(retailer, key: "\(kind.rawValue) \(redemption.id)", leg: leg), kind: kind,
                debit: debit.id(at: retailer), credit: target, amount: Money(minor: minor, asset: asset),
                campaign: redemption.campaign.value, cause: EventSubject(redemption.id), businessDay: by.businessDay)
        }
    }

    func event(_ asset: Asset) -> Event {
        var event = Event("redemption.returned", about: EventSubject(redemption.campaign)) { json in
            json.field("campaign_id", redemption.campaign)
            json.field("redemption_id", redemption.id)
            json.field("discount", Money(minor: share.discountMinor, asset: asset))
            json.field("fee", Money(minor: share.feeMinor, asset: asset))
            json.field("borne_by_supplier", Money(minor: share.borneMinor, asset: asset))
        }
        event.campaign = redemption.campaign.value
        event.amountMinor = share.discountMinor
        return event
    }
}
