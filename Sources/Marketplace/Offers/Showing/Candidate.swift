import Campaigns
import Kernel

/// A campaign's product that a shopper may be shown, before it is known what it is called.
struct Candidate: Sendable {
    let campaign: RunningCampaign
    let product: Int32
    let price: OfferPrice?

    /// More discount money first, then earlier launch, then id; a product without a known price comes last.
    static func ranks(_ left: Candidate, before right: Candidate) -> Bool {
        let (discount, other) = (left.price?.discountMinor ?? -1, right.price?.discountMinor ?? -1)
        if discount != other { return discount > other }
        if left.campaign.launchedAt != right.campaign.launchedAt { return left.campaign.launchedAt < right.campaign.launchedAt }
        return (left.campaign.id, left.product) < (right.campaign.id, right.product)
    }
}

extension RunningCampaign {
    /// Whether it is shown at a place and time of the wall clock there.
    func isOpen(at local: Instant, inStore store: Int32?) -> Bool {
        guard state == .running, startsAtLocal <= local, local < endsAtLocal else { return false }
        guard let stores else { return true }
        return store.map(stores.contains) ?? !stores.isEmpty
    }
}
