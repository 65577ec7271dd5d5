package import Campaigns
package import Kernel
package import Parties

/// What is left of money and limits, as the deciding transaction read it under its locks. Deciding takes from it, so that
/// lines of one basket share what is left.
package struct Availability: Sendable, Hashable {
    /// Minor units that each campaign account can still pay, holds taken off.
    private var moneyByAccount: [Identifier: Int64]
    /// Units, or minor units, left of each limit; a limit that is not here does not bind.
    private var leftByLimit: [LimitKey: Int64]
    /// What becomes of a discount of which one account cannot pay its share.
    let exhaustedShare: ExhaustedShare

    /// `units`: of limits on money minor units.
    package init(money: [Identifier: Int64], units: [LimitKey: Int64], exhaustedShare: ExhaustedShare = .stop) {
        moneyByAccount = money
        leftByLimit = units
        self.exhaustedShare = exhaustedShare
    }

    /// Units that all of these limits leave.
    func unitsLeft(of keys: [LimitKey]) -> Int64 {
        unitsLeft(of: keys, otherwise: nil) ?? .max
    }

    /// The same; `nothing` where none of them binds.
    func unitsLeft(of keys: [LimitKey], otherwise nothing: Int64?) -> Int64? {
        keys.compactMap { $0.counter.isMoney ? nil : leftByLimit[$0] }.min() ?? nothing
    }

    /// The tightest of those of these limits that are on money; nil where none is.
    func pace(of keys: [LimitKey]) -> PaceLeft? {
        keys.compactMap { key in
            key.counter.isMoney ? leftByLimit[key].map { PaceLeft(minor: $0, counter: key.counter) } : nil
        }.min { $0.minor < $1.minor }
    }

    /// What one limit leaves; nil where it does not bind.
    func left(of key: LimitKey) -> Int64? { leftByLimit[key] }

    /// Minor units that an account can still pay.
    func money(on account: Identifier) -> Int64 { moneyByAccount[account] ?? 0 }

    /// What a hold keeps was taken off before, apart from the limit of the receipt, which is not kept.
    mutating func takeHeld(_ units: Int64, of keys: [LimitKey]) {
        for key in keys where key.counter == .receipt && leftByLimit[key] != nil { leftByLimit[key, default: 0] -= units }
    }

    mutating func take(_ split: FundingSplit, units: Int64, of keys: [LimitKey]) {
        for part in split.parts { moneyByAccount[part.account, default: 0] -= part.discountMinor + part.feeMinor }
        for key in keys where leftByLimit[key] != nil {
            leftByLimit[key, default: 0] -= key.counter.isMoney ? split.totalMinor : units
        }
    }
}

/// What the pace of a campaign leaves for a basket, and by which of its limits.
struct PaceLeft: Sendable, Hashable {
    let minor: Int64
    let counter: LimitKey.Counter
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
        /// Money of the pace: discounts and fee.
        case day = "amount_per_day"
        case storeMoney = "amount_per_store"
        case storeDay = "amount_per_store_day"
        /// What a day may spend of a campaign that is paced evenly: worked out, and kept in no row.
        case even

        /// Whether it counts minor units.
        package var isMoney: Bool {
            switch self {
            case .day, .storeMoney, .storeDay, .even: true
            default: false
            }
        }
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

    /// A limit of a campaign in a store, maybe of one day. No shopper's key looks like the subject.
    package init(campaign: CampaignID, _ counter: Counter = .store, store: Int32, on day: BusinessDay? = nil) {
        self.init(campaign: campaign, counter: counter, subject: "store \(store)", period: day.map { "\($0)" } ?? "")
    }

    /// A limit of a campaign on a day.
    package init(campaign: CampaignID, _ counter: Counter, on day: BusinessDay) {
        self.init(campaign: campaign, counter: counter, subject: "", period: "\(day)")
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.campaign != right.campaign { return left.campaign < right.campaign }
        return (left.counter.rawValue, left.subject, left.period) < (right.counter.rawValue, right.subject, right.period)
    }
}

extension RunningCampaign {
    /// The limits that bind a basket, each with its bound, in units or in minor units; those of a day or a week on another day
    /// than the basket's where a hold kept them then.
    package func limits(for basket: Basket, on day: BusinessDay? = nil) -> [(key: LimitKey, bound: Int64)] {
        var bounds: [(key: LimitKey, bound: Int64)] = []
        func bind(to bound: Int64?, _ key: @autoclosure () -> LimitKey) {
            if let bound { bounds.append((key(), bound)) }
        }
        func bind(_ counter: LimitKey.Counter, to bound: Int64?, _ subject: String, _ period: @autoclosure () -> String) {
            bind(to: bound, LimitKey(campaign: id, counter: counter, subject: subject, period: period()))
        }
        let date = day ?? basket.businessDay
        bind(.receipt, to: limits.unitsPerReceipt, "", "")
        bind(.campaign, to: limits.units, "", "")
        bind(to: limits.unitsPerStore, LimitKey(campaign: id, store: basket.store))
        if let shopper = basket.shopper {
            bind(.shopper, to: limits.unitsPerShopper, "\(shopper.key)", "")
            bind(.shopperWeek, to: limits.unitsPerShopperWeek, "\(shopper.key)", "\(date.startOfWeek)")
            bind(.shopperDay, to: limits.unitsPerShopperDay, "\(shopper.key)", "\(date)")
        }
        for (key, bound) in pacing?.bounds(of: id, inStore: basket.store, on: date) ?? [] { bind(to: bound, key) }
        return bounds
    }
}
