import Kernel
import Synchronization

/// What each campaign's wallets must have for its cheapest unit, kept by a node between two looks of its clock: it changes only
/// with the campaign's revision. Holds a few numbers for each campaign that a retailer runs, and none of those that it does
/// not.
final class CheapestUnits: Sendable {
    private struct Cost {
        let revision: Int64
        let least: LeastPayment
    }

    private let costs = Mutex<[RetailerID: [CampaignID: Cost]]>([:])

    /// Those of which nothing is known at their revision.
    func missing(of campaigns: [Campaign], at retailer: RetailerID) -> [CampaignID] {
        costs.withLock { costs in
            campaigns.filter { costs[retailer]?[$0.id]?.revision != $0.revision }.map(\.id)
        }
    }

    /// What is known of these, with what was read meanwhile; what is known of others is forgotten.
    func keep(
        _ campaigns: [Campaign], adding fresh: [CampaignID: LeastPayment], at retailer: RetailerID
    ) -> [CampaignID: LeastPayment] {
        let kept = costs.withLock { costs in
            let known = costs[retailer] ?? [:]
            var kept: [CampaignID: Cost] = [:]
            for campaign in campaigns {
                kept[campaign.id] =
                    fresh[campaign.id].map { Cost(revision: campaign.revision, least: $0) } ?? known[campaign.id]
            }
            costs[retailer] = kept
            return kept
        }
        return kept.mapValues(\.least)
    }
}
