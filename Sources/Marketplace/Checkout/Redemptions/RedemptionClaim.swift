package import Campaigns
package import Kernel
package import Parties

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
        case held(QuoteTerms, kept: KeptDiscount)
        /// A hold whose time was up: its terms stand, its money and limits may be gone.
        case expiredHold(QuoteTerms)
        /// A signed quote without a hold, or the rules at the moment of sale: paid while money and limits last.
        case terms(QuoteTerms)
        /// Nothing allows it.
        case nothing(UnfundedReason)
    }
}

/// What a hold keeps for one discount: the whole of what was quoted, though less may be bought.
package struct KeptDiscount: Sendable, Hashable {
    package let units: Int64
    package let amountMinor: Int64
    /// The business day of the quote, for whose limits the units are kept.
    package let businessDay: BusinessDay
    /// By account what is kept of it, before the fee, where some took over what others could not pay; else empty: by the
    /// campaign's shares.
    package let takenOver: [Identifier: Int64]

    package init(units: Int64, amountMinor: Int64, businessDay: BusinessDay, takenOver: [Identifier: Int64] = [:]) {
        self.units = units
        self.amountMinor = amountMinor
        self.businessDay = businessDay
        self.takenOver = takenOver
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

    /// What is left of them where less of the line was bought than was quoted: of whole pieces so many of the discounted ones, of
    /// anything else in proportion to the quantity, rounded down.
    func cut(to line: BasketLine, quotedMilli: Int64) -> QuoteTerms {
        guard line.quantityMilli < quotedMilli else { return self }
        let some = min(units, line.units)
        let isOfPieces = line.isWholePieces && quotedMilli % 1000 == 0
        let part =
            isOfPieces ? amount(of: some) : Int64(Int128(amountMinor) * Int128(line.quantityMilli) / Int128(quotedMilli))
        return QuoteTerms(quote: quote, version: version, units: some, amountMinor: part)
    }

    /// The part of so many of its units, rounded down.
    func amount(of some: Int64) -> Int64 {
        some < units ? Int64(Int128(amountMinor) * Int128(some) / Int128(units)) : amountMinor
    }
}
