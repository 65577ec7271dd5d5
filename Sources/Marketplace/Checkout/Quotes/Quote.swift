import Campaigns
import JSONText
import Kernel
import Offers

/// The answer to a till: each line's discounts, and why other offers that touch the basket do not apply.
struct Quote: Sendable {
    let id: String
    let expiresAt: Instant
    let asset: Asset
    let businessDay: BusinessDay
    let isHeld: Bool
    let outcome: BasketOutcome

    init(_ situation: CheckoutSituation, _ decision: QuoteDecision, _ request: QuoteRequest, id: String, expiresAt: Instant) {
        self.id = id
        self.expiresAt = expiresAt
        asset = situation.clock.asset
        businessDay = situation.clock.businessDay
        isHeld = request.holds
        outcome = BasketOutcome(situation, decision)
    }

    /// As one reader reads it.
    func written(for reader: LanguagePreferences) -> WrittenQuote { WrittenQuote(quote: self, reader: reader) }
}

/// A quote with its reasons in a reader's language.
struct WrittenQuote: Sendable, JSONWritable {
    let quote: Quote
    let reader: LanguagePreferences

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("quote_id", quote.id)
            json.field("held", quote.isHeld)
            json.field("business_day", quote.businessDay)
            json.field("expires_at", quote.expiresAt)
            quote.outcome.write(to: &json, for: reader)
        }
    }
}
