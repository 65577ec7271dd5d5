import Campaigns
import Kernel

/// The place of an offer among others: more discount money first, then earlier launch, then id; one without a known price comes
/// last. The lesser is shown first; no two offers of a retailer have the same.
struct OfferRank: Sendable, Hashable, Comparable {
    /// Minor units off one unit; -1 where no price is known.
    let discountMinor: Int64
    let launchedAt: Instant
    let campaign: CampaignID
    let product: Int32

    static func < (left: OfferRank, right: OfferRank) -> Bool {
        if left.discountMinor != right.discountMinor { return left.discountMinor > right.discountMinor }
        if left.launchedAt != right.launchedAt { return left.launchedAt < right.launchedAt }
        return (left.campaign, left.product) < (right.campaign, right.product)
    }
}

extension OfferRank {
    /// As the key of a cursor: whoever asks again goes on behind this offer, also where it is shown no longer.
    var cursorKey: String { "\(discountMinor) \(launchedAt.microseconds) \(campaign) \(product)" }

    /// Nil where the key is of another list.
    init?(cursorKey: String) {
        let parts = cursorKey.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let discount = Int64(parts[0]), let launched = Int64(parts[1]),
            let campaign = CampaignID(String(parts[2])), let product = Int32(parts[3])
        else { return nil }
        self.init(
            discountMinor: discount, launchedAt: Instant(microseconds: launched), campaign: campaign, product: product)
    }
}
