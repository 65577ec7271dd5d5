/// A statement as the model has it, in minor units.
struct ModelFigures: Sendable, Hashable {
    var opening: Int64 = 0
    var topUps: Int64 = 0
    var refunds: Int64 = 0
    var launches: Int64 = 0
    var releases: Int64 = 0
    var redemptions: Int64 = 0
    var fee: Int64 = 0
    var returns: Int64 = 0
    var feeReturns: Int64 = 0
    var corrections: Int64 = 0
    /// Of corrections, discounts that disputes gave back.
    var disputes: Int64 = 0
    var unfunded: Int64 = 0

    var closing: Int64 { opening + topUps - refunds - redemptions - fee + returns + feeReturns + corrections }
    var owed: Int64 { redemptions - returns - disputes }

    /// By their names in the contract.
    var named: [String: Int64] {
        [
            "opening_balance": opening, "top_ups": topUps, "allocations": 0, "refunds": refunds, "launches": launches,
            "releases": releases, "redemptions": redemptions, "fee": fee, "returns": returns, "fee_returns": feeReturns,
            "unfunded": unfunded, "unfunded_borne_by_supplier": 0, "unfunded_borne_by_retailer": unfunded,
            "unfunded_returns": 0, "corrections": corrections, "closing_balance": closing, "payable": max(0, owed),
            "owed_back": max(0, -owed), "disputes": disputes,
        ]
    }
}

/// A sealed statement, and how far it is.
struct ModelStatement: Sendable, Hashable {
    let figures: ModelFigures
    var isAcknowledged = false
    /// A dispute of it was settled or rejected.
    var isAnswered = false
    var isPaid = false

    var isPayable: Bool { (isAcknowledged || isAnswered) && !isPaid }
}
