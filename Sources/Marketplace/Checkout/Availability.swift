package import Campaigns
package import Kernel

/// What is left of money and limits, as the deciding transaction read it under its locks. Deciding takes from it, so that
/// lines of one basket share what is left.
package struct Availability: Sendable, Hashable {
    /// Minor units that each campaign account can still pay, holds taken off.
    private var moneyByAccount: [Identifier: Int64]
    /// Units left of each limit; a limit that is not here does not bind.
    private var unitsByLimit: [LimitKey: Int64]

    package init(money: [Identifier: Int64], units: [LimitKey: Int64]) {
        moneyByAccount = money
        unitsByLimit = units
    }

    /// Units that all of these limits leave.
    func unitsLeft(of keys: [LimitKey]) -> Int64 {
        keys.compactMap { unitsByLimit[$0] }.min() ?? .max
    }

    /// The same; `nothing` where none of them binds.
    func unitsLeft(of keys: [LimitKey], otherwise nothing: Int64?) -> Int64? {
        keys.compactMap { unitsByLimit[$0] }.min() ?? nothing
    }

    /// What one limit leaves; nil where it does not bind.
    func left(of key: LimitKey) -> Int64? { unitsByLimit[key] }

    /// Minor units that an account can still pay.
    func money(on account: Identifier) -> Int64 { moneyByAccount[account] ?? 0 }

    func canPay(_ split: FundingSplit) -> Bool {
        split.parts.allSatisfy { (moneyByAccount[$0.account] ?? 0) >= $0.discountMinor + $0.feeMinor }
    }

    /// What a hold keeps was taken off before, apart from the limit of the receipt, which is not kept.
    mutating func takeHeld(_ units: Int64, of keys: [LimitKey]) {
        for key in keys where !key.isStored && unitsByLimit[key] != nil { unitsByLimit[key, default: 0] -= units }
    }

    mutating func take(_ split: FundingSplit, units: Int64, of keys: [LimitKey]) {
        for part in split.parts { moneyByAccount[part.account, default: 0] -= part.discountMinor + part.feeMinor }
        for key in keys where unitsByLimit[key] != nil { unitsByLimit[key, default: 0] -= units }
    }
}

/// One limit of a campaign for one subject and period: a row of `limit_counter`.
package struct LimitKey: Sendable, Hashable, Comparable {
    package enum Counter: String, Sendable, Hashable {
        case shopper = "units_per_shopper"
        case shopperWeek = "units_per_shopper_week"
        case shopperDay = "units_per_shopper_day"
        case receipt = "units_per_receipt"
        case campaign = "units"
        case store = "units_per_store"
    }

    package let campaign: CampaignID
    package let counter: Counter
    /// The shopper's key, "store" with its ordinal, or "".
    package let subject: String
    /// The first business day of the period, or "".
    package let period: String

    package init(campaign: CampaignID, counter: Counter, subject: String, period: String) {
        self.campaign = campaign
        self.counter = counter
        self.subject = subject
        self.period = period
    }

    /// The limit of a campaign in a store.
    package init(campaign: CampaignID, store: Int32) {
        self.init(campaign: campaign, counter: .store, subject: Self.subject(ofStore: store), period: "")
    }

    /// No shopper's key looks like it.
    fileprivate static func subject(ofStore store: Int32) -> String { "store \(store)" }

    package static func < (left: Self, right: Self) -> Bool {
        if left.campaign != right.campaign { return left.campaign < right.campaign }
        return (left.counter.rawValue, left.subject, left.period) < (right.counter.rawValue, right.subject, right.period)
    }
}

extension RunningCampaign {
    /// The limits that bind a basket, each with its bound; those of a day or a week on another day than the basket's where
    /// a hold kept them then.
    package func limits(for basket: Basket, on day: BusinessDay? = nil) -> [(key: LimitKey, units: Int64)] {
        var bounds: [(key: LimitKey, units: Int64)] = []
        func bind(
            _ counter: LimitKey.Counter, to units: Int64?, _ subject: @autoclosure () -> String,
            _ period: @autoclosure () -> String
        ) {
            guard let units else { return }
            bounds.append((LimitKey(campaign: id, counter: counter, subject: subject(), period: period()), units))
        }
        bind(.receipt, to: limits.unitsPerReceipt, "", "")
        bind(.campaign, to: limits.units, "", "")
        bind(.store, to: limits.unitsPerStore, LimitKey.subject(ofStore: basket.store), "")
        guard let shopper = basket.shopper else { return bounds }
        let date = day ?? basket.businessDay
        bind(.shopper, to: limits.unitsPerShopper, "\(shopper.key)", "")
        bind(.shopperWeek, to: limits.unitsPerShopperWeek, "\(shopper.key)", "\(date.startOfWeek)")
        bind(.shopperDay, to: limits.unitsPerShopperDay, "\(shopper.key)", "\(date)")
        return bounds
    }
}
