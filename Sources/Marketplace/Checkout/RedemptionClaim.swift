package import Campaigns
package import Kernel

/// A discount that a till gave on a line of a receipt, and what is known of it before money is looked at.
package struct RedemptionClaim: Sendable, Hashable {
    package let line: BasketLine
    package let campaign: CampaignID
    package let claimedMinor: Int64
    package let basis: Basis

    package init(line: BasketLine, campaign: CampaignID, claimedMinor: Int64, basis: Basis) {
        self.line = line
        self.campaign = campaign
        self.claimedMinor = claimedMinor
        self.basis = basis
    }

    /// On what the discount rests.
    package enum Basis: Sendable, Hashable {
        /// A live hold: its frozen terms are honoured, its money and limits are kept.
        case held(QuoteTerms)
        /// A hold whose time was up: its terms stand, its money and limits may be gone.
        case expiredHold(QuoteTerms)
        /// A signed quote without a hold, or the rules at the moment of sale: paid while money and limits last.
        case terms(QuoteTerms)
        /// Nothing allows it.
        case nothing(UnfundedReason)
    }
}

/// What was allowed on a line.
package struct QuoteTerms: Sendable, Hashable {
    package let quote: Identifier?
    package let version: Int64
    package let units: Int64
    package let amountMinor: Int64

    package init(quote: Identifier?, version: Int64, units: Int64, amountMinor: Int64) {
        self.quote = quote
        self.version = version
        self.units = units
        self.amountMinor = amountMinor
    }
}

/// Why a discount, or a part of it, is not paid (DOMAIN 1).
package enum UnfundedReason: String, Sendable, Hashable, CaseIterable {
    case noQuote = "no_quote"
    case holdExpired = "hold_expired"
    case budgetExhausted = "budget_exhausted"
    case limitReached = "limit_reached"
    case moreThanQuoted = "more_than_quoted"
    case unknownCampaign = "unknown_campaign"
    case afterClose = "after_close"
    case clockSuspect = "clock_suspect"
}
