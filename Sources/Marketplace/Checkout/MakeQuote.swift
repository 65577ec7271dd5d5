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

/// A till or an app asks what a basket costs now; with a hold, money and limits are kept for it.
///
/// Locks, in this order: the basket, accounts by id, then the held quote and counters under them.
struct MakeQuote: Sendable {
    let request: QuoteRequest
    let key: QuoteKey

    /// A quote that keeps nothing and stores nothing; with the moved prices of which nobody was told yet.
    func preview(
        in tx: borrowing Transaction, of retailer: RetailerID, at now: Instant
    ) throws -> (quote: Quote, moves: TellPriceMoves?) {
        let situation = try tx.situation(of: request, at: now, retailer: retailer)
        let accounts = try tx.accounts(situation.accounts, of: retailer)
        let money = Dictionary(accounts.map { ($0.id.value, $0.available) }) { first, _ in first }
        let decision = situation.decide(money: money, units: try tx.unitsLeft(of: situation.limits, at: retailer))
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

    /// A quote that keeps its money and limits, in place of the basket's earlier one.
    func hold(in tx: borrowing Transaction, of retailer: RetailerID, basket: ExternalID, world: OutsideWorld) throws -> Quote {
        // What is kept belongs to one shopper: one whom nobody knew gets a key.
        if let shopper = request.shopper {
            _ = try tx.shopperKeys(for: [shopper], of: retailer, creating: true, at: world.now())
        }
        let situation = try tx.situation(of: request, at: world.now(), retailer: retailer)
        var plan = PostingPlan()
        plan.accounts = Set(situation.accounts)
        try tx.lockBasket(basket, inStore: situation.clock.ordinal, at: retailer)
        let earlier = try tx.pendingQuote(of: basket, inStore: situation.clock.ordinal, at: retailer)
        let due = try tx.dueQuotes(on: situation.accounts, at: retailer)
        plan.add(try tx.holds(ofQuotes: (due + [earlier].compactMap(\.self)).map(\.value), at: retailer))
        var posting = try tx.openPosting(plan, of: retailer)
        try tx.expire(due, in: &posting)
        if let earlier, try tx.resolve(earlier, as: .replaced, at: posting.now, of: retailer) {
            posting.release(quote: earlier.value)
        }
        let money = Dictionary(situation.accounts.map { ($0.value, posting.available(on: $0)) }) { first, _ in first }
        let decision = situation.decide(money: money, units: try tx.unitsLeft(of: situation.limits, at: retailer))
        let id: QuoteID = world.newID()
        let expiresAt = posting.now.adding(seconds: Int64(situation.policy.holdSeconds))
        for hold in decision.holds(of: id, in: situation, until: expiresAt) { _ = try posting.place(hold) }
        try tx.settle(posting, at: posting.now)
        let held = HeldQuote(
            id: id, basket: basket, store: situation.clock.ordinal, shopper: situation.basket.shopper?.key,
            channel: request.channel, businessDay: situation.clock.businessDay, quotedAt: posting.now, expiresAt: expiresAt)
        try tx.insert(held, decision.discounts, lines: situation.basket.lines, of: retailer)
        try tx.count(decision.limitChanges(in: situation), at: retailer)
        try TellPriceMoves(situation.priceMoves, situation)?.run(in: tx, of: retailer, in: world)
        return Quote(situation, decision, request, id: "\(id)", expiresAt: expiresAt)
    }
}

extension QuoteDecision {
    /// One hold for each account that pays.
    fileprivate func holds(of quote: QuoteID, in situation: CheckoutSituation, until expiry: Instant) -> [NewHold] {
        var amounts: [Identifier: Int64] = [:]
        for part in discounts.flatMap(\.split.parts) { amounts[part.account, default: 0] += part.discountMinor + part.feeMinor }
        return amounts.sorted { $0.key < $1.key }.map { account, amount in
            NewHold(
                id: .of(quote, on: account, at: situation.retailer), account: AccountID(account),
                quote: quote.value, amount: Money(minor: amount, asset: situation.clock.asset), expiresAt: expiry)
        }
    }

    fileprivate func limitChanges(in situation: CheckoutSituation) -> [LimitChange] {
        let campaigns = Dictionary(situation.campaigns.map { ($0.id, $0) }) { first, _ in first }
        return discounts.flatMap { discount in
            (campaigns[discount.campaign]?.limits(for: situation.basket) ?? []).filter(\.key.isStored).map {
                LimitChange(key: $0.key, limit: $0.units, held: discount.units)
            }
        }.summed()
    }
}

extension LimitKey {
    /// The limit of one receipt binds within its own decision and needs no row.
    var isStored: Bool { counter != .receipt }
}

extension QuoteToken {
    fileprivate init(
        _ retailer: RetailerID, _ situation: CheckoutSituation, _ decision: QuoteDecision, shopper: Int64, at now: Instant
    ) {
        self.init(
            retailer: retailer, quotedAt: now, store: situation.clock.ordinal, shopperKey: shopper,
            discounts: decision.discounts.map {
                Discount(
                    lineNo: $0.lineNo, campaign: $0.campaign.value, version: $0.version, product: $0.product, units: $0.units,
                    amountMinor: $0.amountMinor)
            })
    }
}
