import Campaigns
import Kernel

/// The pace of a campaign as limits on money: counters beside those of units, kept and given back like them.
extension Pacing {
    /// Those that bind a basket. What a day spends is counted also where only an even pace asks for it: its bound is never
    /// reached then.
    func bounds(of campaign: CampaignID, inStore store: Int32, on day: BusinessDay) -> [(LimitKey, Int64?)] {
        [
            (LimitKey(campaign: campaign, .day, on: day), perDayMinor ?? (isEven ? Money.bound : nil)),
            (LimitKey(campaign: campaign, .storeMoney, store: store), perStoreMinor),
            (LimitKey(campaign: campaign, .storeDay, store: store, on: day), perStoreDayMinor),
            (LimitKey(campaign: campaign, .even, on: day), isEven ? Money.bound : nil),
        ]
    }
}

extension LimitKey {
    /// The limits that any pace may keep money of, for one store and day.
    static func paced(_ campaign: CampaignID, inStore store: Int32, on day: BusinessDay) -> [LimitKey] {
        [
            LimitKey(campaign: campaign, .day, on: day), LimitKey(campaign: campaign, .storeMoney, store: store),
            LimitKey(campaign: campaign, .storeDay, store: store, on: day),
        ]
    }
}

extension QuoteReason {
    /// Why the pace keeps a discount back: another day pays again, or no day in this store.
    init(_ pace: PaceLeft) { self = pace.counter == .storeMoney ? .storeBudgetReached : .dayBudgetReached }
}
