import Campaigns
import Kernel
import Ledger
import Receipts

/// What requests before have left of limits, monthly caps and held quotes, in the transaction that decides them together.
struct BatchLeft: Sendable {
    private(set) var counters: CountersLeft
    var quotes: HeldQuotes
    /// What suppliers have borne, by the first day of the month.
    private(set) var borne: [BusinessDay: [BorneKey: Int64]]

    init(counters: CountersLeft, quotes: HeldQuotes, borne: [BusinessDay: [BorneKey: Int64]] = [:]) {
        self.counters = counters
        self.quotes = quotes
        self.borne = borne
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
        for change in changes { counters.take(change.used + change.held, of: change.key) }
    }

    /// Gives back what a quote that is still kept holds of limits.
    mutating func free(_ quote: QuoteID) {
        for (key, amount) in quotes.kept(by: quote) { counters.take(-amount, of: key) }
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

    func channel(of quote: QuoteID) -> ReceiptChannel? { byID[quote]?.quote.channel }

    /// They end once: another request that names one finds it so.
    mutating func end(_ quotes: Set<QuoteID>, as state: HeldQuoteState) {
        for quote in quotes { byID[quote]?.quote.state = state }
    }

    /// The limits that a quote's discounts keep units or money of, as `releaseLimits` finds them.
    func kept(by id: QuoteID) -> [(LimitKey, Int64)] {
        guard let (quote, discounts) = byID[id] else { return [] }
        return discounts.flatMap { discount in
            quote.keptLimits(of: discount.campaign).map { ($0, discount.units) }
                + (discount.isPaced
                    ? LimitKey.paced(discount.campaign, inStore: quote.store, on: quote.businessDay).map {
                        ($0, discount.amountMinor + discount.feeMinor)
                    } : [])
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
