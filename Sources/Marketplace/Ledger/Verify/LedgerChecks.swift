extension LedgerCheck {
    /// Every rule of the ledger itself. Other capabilities have lists of their own; the application puts them together.
    package static let ledger: [LedgerCheck] = [
        debitsEqualCredits, countersEqualEntries, pendingEqualsHolds, nothingBelowZero, entriesGapFree, balanceChain,
        entriesMatchTransfers, transfersHaveTwoEntries, assetsAgree, ownersAgree, reversalsWithinOriginals, topUpsEqualTransfers,
        allocationsEqualTransfers, moneyInHasItsPaper, campaignAccountsHaveWallets, putInEqualsLaunches,
        correctionsEqualTransfers, correctionsHaveTheirPaper, sealsEqualEntries, sealsWithinEntries, closingsEqualEntries,
        daysFollow,
    ]
}
