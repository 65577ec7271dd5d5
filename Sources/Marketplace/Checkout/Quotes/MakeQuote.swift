import Campaigns
import EventLog
package import Kernel
import Ledger
import Parties
import Postgres
import Shoppers

package enum QuoteKind: IDKind { package static let prefix = "quote" }

/// A quote with a hold: a row. A quote without one is a token.
package typealias QuoteID = TypedID<QuoteKind>

/// A till or an app asks what a basket costs now. Nothing is kept for it: that is `HoldQuotes`.
struct MakeQuote: Sendable {
    let request: QuoteRequest
    let key: QuoteKey
    let memory: CampaignMemory

    /// A quote that keeps nothing and stores nothing; with the moved prices of which nobody was told yet.
    func preview(
        in tx: borrowing Transaction, of retailer: RetailerID, at now: Instant
    ) throws -> (quote: Quote, moves: TellPriceMoves?) {
        let situation = try tx.situation(of: request, at: now, retailer: retailer, memory)
        let accounts = try tx.accounts(situation.accounts, of: retailer)
        var money = Dictionary(accounts.map { ($0.id.value, $0.available) }) { first, _ in first }
        var counters = try tx.countersLeft(to: [situation], at: retailer)
        try tx.free(dueOn: situation.accounts, &money, &counters, at: retailer)
        let decision = situation.decide(situation.availability(money: money, counters))
        let token = QuoteToken(retailer, situation, decision, shopper: shopperKey(in: situation), at: now)
        let quote = Quote(
            situation, decision, request, id: token.text(signedWith: key), expiresAt: now.adding(seconds: QuoteToken.validSeconds)
        )
        let moves = try tx.unseen(
            situation.priceMoves, on: situation.clock.businessDay, of: retailer)
        return (quote, TellPriceMoves(moves, situation))
    }

    private func shopperKey(in situation: CheckoutSituation) -> Int64 {
        guard let shopper = situation.basket.shopper, let id = request.shopper else { return 0 }
        return shopper.isKnown ? shopper.key : key.strangerKey(of: id, at: situation.retailer)
    }
}

extension LimitKey {
    /// The limit of one receipt binds within its own decision and needs no row; what an even pace leaves is worked out.
    var isStored: Bool { counter != .receipt && counter != .even }
}

extension QuoteToken {
    fileprivate init(
        _ retailer: RetailerID, _ situation: CheckoutSituation, _ decision: QuoteDecision, shopper: Int64, at now: Instant
    ) {
        let quantities = Dictionary(situation.basket.lines.map { ($0.lineNo, $0.quantityMilli) }) { first, _ in first }
        self.init(
            retailer: retailer, quotedAt: now, store: situation.clock.ordinal, shopperKey: shopper,
            discounts: decision.discounts.map {
                Discount(
                    lineNo: $0.lineNo, campaign: $0.campaign.value, version: $0.version, product: $0.product,
                    quantityMilli: quantities[$0.lineNo] ?? 0, units: $0.units, amountMinor: $0.amountMinor)
            })
    }
}
