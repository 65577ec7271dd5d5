package import Kernel

/// How a set is measured.
package struct RankingSettings: Sendable {
    package static let seed: UInt64 = 20_260_309

    /// The folder of the households within a set.
    package var part = "dev"
    /// Models are fitted to campaigns that start before, and tested on those that start from then on.
    package var fittedBefore = BusinessDay(daysSince1970: 17_410)
    /// Fewer redeemers tell nothing of a campaign, or of a manufacturer in one.
    package var campaignRedeemersMin = 5
    package var manufacturerRedeemersMin = 10
    /// Products of the dense receipts that are asked about.
    package var productsMax = 300
    package var draws = 400

    package init() {}
}
