import Campaigns
import Kernel
import Ledger
import Receipts

/// What requests before have left of limits, monthly caps and held quotes, in the transaction that decides them together.
struct BatchLeft: Sendable {
    /// What is left of each limit that binds one of them, maybe less than nothing; the limit of a receipt is each
    /// receipt's own.
    private var unitsByLimit: [LimitKey: Int64]
    var quotes: HeldQuotes
    /// What suppliers have borne, by the first day of the month.
    private(set) var borne: [BusinessDay: [BorneKey: Int64]]

    init(units: [LimitKey: Int64], quotes: HeldQuotes, borne: [BusinessDay: [BorneKey: Int64]] = [:]) {
        unitsByLimit = units
        self.quotes = quotes
        self.borne = borne
    }

    func units(of limits: [(key: LimitKey, units: Int64)]) -> [LimitKey: Int64] {
        Dictionary(limits.map { ($0.key, $0.key.isStored ? max(0, unitsByLimit[$0.key] ?? $0.units) : $0.units) }) { first, _ in
            first
        }
    }

    /// Takes what a sale was given. What a hold had kept was freed before.
    mutating func count(_ rows: [RedemptionRow], in situation: CheckoutSituation, on day: BusinessDay) {
        count(rows.flatMap { $0.limitChanges(in: situation) })
        for share in rows.compactMap(\.borne) {
            let key = BorneKey(agreement: share.agreement, reason: share.reason)
            borne[day.startOfMonth, default: [:]][key, default: 0] += share.minor
        }
    }

    mutating func count(_ changes: [LimitChange]) {
        for change in changes where unitsByLimit[change.key] != nil {
            unitsByLimit[change.key, default: 0] -= change.used + change.held
        }
    }

    /// Gives back what a quote that is still kept holds of limits.
    mutating func free(_ quote: QuoteID) {
        for (key, units) in quotes.kept(by: quote) where unitsByLimit[key] != nil {
            unitsByLimit[key, default: 0] += units
        }
    }
}

/// Held quotes as the deciding transaction found them, and as its requests have changed them since.
struct HeldQuotes: Sendable {
    private var byID: [QuoteID: (quote: HeldQuote, discounts: [HeldDiscount])]

    init(_ quotes: [(quote: HeldQuote, discounts: [HeldDiscount])]) {
        byID = Dictionary(quotes.map { ($0.quote.id, $0) }) { first, _ in first }
    }

    func named(by receipt: Receipt) -> [(quote: HeldQuote, discounts: [HeldDiscount])] {
        byID.isEmpty ? [] : Set(receipt.heldQuoteIDs).sorted().compactMap { byID[$0] }
    }

    func isPending(_ quote: QuoteID) -> Bool { byID[quote]?.quote.state == .pending }

    /// They end once: another request that names one finds it so.
    mutating func end(_ quotes: Set<QuoteID>, as state: HeldQuoteState) {
        for quote in quotes { byID[quote]?.quote.state = state }
    }

    /// The limits that a quote's discounts keep units of, as `releaseLimits` finds them.
    func kept(by id: QuoteID) -> [(LimitKey, Int64)] {
        guard let (quote, discounts) = byID[id] else { return [] }
        return discounts.flatMap { discount in
            quote.keptLimits(of: discount.campaign).map { ($0, discount.units) }
        }
    }
}

extension HeldQuote {
    fileprivate func keptLimits(of campaign: CampaignID) -> [LimitKey] {
        var keys = [
            LimitKey(campaign: campaign, counter: .campaign, subject: "", period: ""),
            LimitKey(campaign: campaign, store: store),
        ]
        if let shopper {
            let subject = String(shopper)
            keys += [
                LimitKey(campaign: campaign, counter: .shopper, subject: subject, period: ""),
                LimitKey(campaign: campaign, counter: .shopperWeek, subject: subject, period: "\(businessDay.startOfWeek)"),
                LimitKey(campaign: campaign, counter: .shopperDay, subject: subject, period: "\(businessDay)"),
            ]
        }
        return keys
    }
}
