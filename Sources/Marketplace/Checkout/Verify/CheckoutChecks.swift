package import Ledger

extension LedgerCheck {
    /// Every rule of quotes, redemptions and returns, recomputed from the tables.
    package static let checkout: [LedgerCheck] = [
        fundedWithinClaim, redemptionsPaidOnce, redemptionsEqualTransfers, sharesEqualTransfers, transfersHaveRedemptions,
        returnsWithinOriginals, campaignWithinBudget, limitsEqualRedemptions, borneWithinCaps, quotesEqualHolds,
        holdsHaveQuotes, spendEqualsEntries,
    ]
}
