import Kernel
import Synchronization

/// What the cheapest unit of each campaign costs, kept by a node between two looks of its clock: it changes only with the
/// campaign's revision. Holds one number for each campaign that a retailer runs, and none of those that it does not.
final class CheapestUnits: Sendable {
    private struct Cost {
        let revision: Int64
        /// Minor units, fee included.
        let minor: Int64
    }

    private let costs = Mutex<[RetailerID: [CampaignID: Cost]]>([:])

    /// Those of which nothing is known at their revision.
    func missing(of campaigns: [Campaign], at retailer: RetailerID) -> [CampaignID] {
        costs.withLock { costs in
            campaigns.filter { costs[retailer]?[$0.id]?.revision != $0.revision }.map(\.id)
        }
    }

    /// What is known of these, with what was read meanwhile; what is known of others is forgotten.
    func keep(_ campaigns: [Campaign], adding read: [RunningCampaign], at retailer: RetailerID) -> [CampaignID: Int64] {
        let fresh = Dictionary(read.map { ($0.id, $0.cheapestUnitMinor) }) { first, _ in first }
        let kept = costs.withLock { costs in
            let known = costs[retailer] ?? [:]
            var kept: [CampaignID: Cost] = [:]
            for campaign in campaigns {
                kept[campaign.id] =
                    fresh[campaign.id].map { Cost(revision: campaign.revision, minor: $0) } ?? known[campaign.id]
            }
            costs[retailer] = kept
            return kept
        }
        return kept.mapValues(\.minor)
    }
}
