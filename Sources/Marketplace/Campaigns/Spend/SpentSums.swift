import Kernel

/// What entries of one account moved for one campaign, in minor units; added up, never taken back.
package struct SpentSums: Sendable, Hashable {
    /// Launches and extensions, less what a smaller budget gave back.
    package var putIn: Int64 = 0
    /// Less what returns gave back.
    package var discounts: Int64 = 0
    package var fees: Int64 = 0
    /// Gone back to the wallet at the close.
    package var returned: Int64 = 0
    /// Redemptions that were paid, and their units: each is counted on the first of the accounts that paid it.
    package var units: Int64 = 0
    package var redemptions: Int64 = 0

    package init() {}

    static func + (left: SpentSums, right: SpentSums) -> SpentSums {
        var sum = left
        sum.putIn += right.putIn
        sum.discounts += right.discounts
        sum.fees += right.fees
        sum.returned += right.returned
        sum.units += right.units
        sum.redemptions += right.redemptions
        return sum
    }
}

/// Some entries of an account, by their numbers: `after < seq <= through`.
struct SpendSpan: Sendable, Hashable {
    let account: Identifier
    /// Of a wallet's account only what returns gave back after a campaign's close is its spend.
    let isCampaigns: Bool
    let after: Int64
    var through: Int64

    var count: Int64 { max(0, through - after) }
}

extension [SpendSpan] {
    /// The first entries of these spans, at most so many in all; spans without one are left out.
    func first(_ entriesMax: Int64) -> [SpendSpan] {
        var left = entriesMax
        return compactMap { span in
            var cut = span
            cut.through = Swift.min(span.through, span.after + left)
            left -= cut.count
            return cut.count > 0 ? cut : nil
        }
    }
}

/// Whose sums they are.
struct SpendKey: Sendable, Hashable {
    let campaign: CampaignID
    let account: Identifier
}
