import Ledger

/// What a statement says, in minor units. Everything but the last two moves the balance, or shows what moved within.
struct StatementFigures: Sendable, Hashable {
    let opening: Int64
    var topUps: Int64 = 0
    var allocations: Int64 = 0
    var refunds: Int64 = 0
    /// From the wallet to its campaigns, and back.
    var launches: Int64 = 0
    var releases: Int64 = 0
    var redemptions: Int64 = 0
    var fee: Int64 = 0
    var returns: Int64 = 0
    var feeReturns: Int64 = 0
    /// Of what no budget paid, what the supplier bore from its wallet; and what of that came back.
    var borne: Int64 = 0
    var borneReturns: Int64 = 0
    /// Below zero: out of the wallet.
    var corrections: Int64 = 0
    /// What tills gave and no budget paid, whoever bears it.
    var unfunded: Int64 = 0
    /// Of corrections, discounts that settled disputes gave back; their fee is in the corrections alone.
    var disputed: Int64 = 0

    var closing: Int64 {
        opening + topUps + allocations - refunds - redemptions - fee - borne + returns + feeReturns + borneReturns + corrections
    }

    /// What the owner owes the retailer for the discounts of the period. Below zero where more came back.
    var owed: Int64 { redemptions + borne - returns - borneReturns - disputed }
}

/// What transfers of one kind moved on the accounts of a statement.
struct KindSum: Sendable, Hashable {
    let kind: TransferKind
    let credits: Int64
    let debits: Int64
    /// Of it, what settled disputes gave back of discounts.
    let disputed: Int64

    var change: Int64 { credits - debits }
}

extension StatementFigures {
    init(opening: Int64, _ sums: [KindSum], unfunded: Int64) {
        self.init(opening: opening)
        self.unfunded = unfunded
        for sum in sums { add(sum) }
    }

    private mutating func add(_ sum: KindSum) {
        switch sum.kind {
        case .topUp: topUps += sum.change
        case .allocation: allocations += sum.change
        case .refund: refunds -= sum.change
        case .launch: launches += sum.credits
        case .release, .close: releases += sum.credits
        case .redemption: redemptions -= sum.change
        case .fee: fee -= sum.change
        case .return: returns += sum.change
        case .feeReturn: feeReturns += sum.change
        case .unfunded: borne -= sum.change
        case .unfundedReturn: borneReturns += sum.change
        case .correction, .settlement, .payment:
            corrections += sum.change
            disputed += sum.disputed
        }
    }
}
