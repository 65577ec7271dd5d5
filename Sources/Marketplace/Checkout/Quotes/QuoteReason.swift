import Offers

/// Why an offer that touches a basket did not apply. To a till, an app and a supplier a shopper in the holdout is
/// `not_in_audience` (DOMAIN 10).
package enum QuoteReason: String, Sendable, Hashable, CaseIterable {
    case noShopper = "no_shopper"
    case notInAudience = "not_in_audience"
    /// The shopper has not activated it in the app.
    case notActivated = "not_activated"
    case notInStore = "not_in_store"
    case notStarted = "not_started"
    case ended, paused
    case closedLine = "closed_line"
    case noBenefit = "no_benefit"
    case priceMoved = "price_moved"
    case notAllowedAtThisPrice = "not_allowed_at_this_price"
    /// What goes together with it is not in the basket, or not enough of it.
    case setIncomplete = "set_incomplete"
    case limitReached = "limit_reached"
    case budgetExhausted = "budget_exhausted"
    /// The pace of the campaign lets no more through today.
    case dayBudgetReached = "day_budget_reached"
    /// Nor in this store, on any day.
    case storeBudgetReached = "store_budget_reached"
    case betterOffer = "better_offer"
}

extension QuoteReason {
    /// Nil for a line of quantity nothing: that is no refusal of an offer.
    init?(_ nothing: RewardAmount.Nothing) {
        switch nothing {
        case .closed: self = .closedLine
        case .noQuantity: return nil
        case .noBenefit: self = .noBenefit
        case .priceMoved: self = .priceMoved
        case .notAllowedAtThisPrice: self = .notAllowedAtThisPrice
        }
    }
}
