import Kernel
import Synchronization

/// What each campaign's wallets must have for its cheapest unit, kept by a node between two looks of its clock: it changes only
/// with the campaign's revision, and with the day on which another version of it begins. Holds a few numbers for each campaign that a retailer runs, and none of those that it does
/// not.
final class CheapestUnits: Sendable {
    private struct Cost {
        let revision: Int64
        let day: BusinessDay
        let least: LeastPayment
    }

    private let costs = Mutex<[RetailerID: [CampaignID: Cost]]>([:])

    /// Those of which nothing is known at their revision on this day.
    func missing(of campaigns: [Campaign], on day: BusinessDay, at retailer: RetailerID) -> [CampaignID] {
        costs.withLock { costs in
            campaigns.filter { campaign in
                let known = costs[retailer]?[campaign.id]
                return known?.revision != campaign.revision || known?.day != day
            }.map(\.id)
        }
    }

    /// What is known of these, with what was read meanwhile; what is known of others is forgotten.
    func keep(
        _ campaigns: [Campaign], adding fresh: [CampaignID: LeastPayment], on day: BusinessDay, at retailer: RetailerID
    ) -> [CampaignID: LeastPayment] {
        let kept = costs.withLock { costs in
            let known = costs[retailer] ?? [:]
            var kept: [CampaignID: Cost] = [:]
            for campaign in campaigns {
                kept[campaign.id] =
                    fresh[campaign.id].map { Cost(revision: campaign.revision, day: day, least: $0) } ?? known[campaign.id]
            }
            costs[retailer] = kept
            return kept
        }
        return kept.mapValues(\.least)
    }
}
