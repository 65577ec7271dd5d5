import Postgres

/// What was decided of one campaign for one shopper and period, as the retailer reads it. Nobody else does: who is held out
/// is the retailer's to know (DOMAIN 10).
package enum OfferVerdict: String, Sendable, CaseIterable, SQLWord {
    case chosen
    /// Of the audience, and held out to measure what the campaign brings.
    case holdout
    /// The shopper wants no personal offers, or the policy presumes so.
    case noConsent = "no_consent"
    /// An employee, a business, a shared or a test card.
    case notAPerson = "not_a_person"
    /// A product of it is for adults, and the shopper is not known to be one.
    case adult
    /// Its units for this shopper, or all of them, are used up.
    case limitReached = "limit_reached"
    /// So much of the budget is gone that nobody new is shown the offer.
    case stopPublishing = "stop_publishing"
    /// At today's prices it gives nothing of what it promises.
    case noBenefit = "no_benefit"
    /// A category of its goods was sold to another supplier.
    case exclusive
    /// It was promised in several periods on end, or seen often, and never used.
    case fatigue
    /// Another supplier's offer of the same category is shown.
    case competitor
    /// The week has as many suppliers' offers as it may.
    case frequency
    /// Others were better, or promised before.
    case noSlot = "no_slot"
    /// The period is not decided yet for this campaign.
    case undecided
}
