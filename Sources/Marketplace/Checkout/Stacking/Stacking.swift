package import Campaigns
package import Parties

/// How offers stack on a line (DOMAIN 7): in stages, one after the other on what the earlier left of the price; in a stage a
/// line gets one campaign's discount.
package struct Stacking: Sendable, Hashable {
    /// Nil: one stage, the best offer of all.
    private let groups: [String]?

    /// A line gets its best single offer.
    package static let bestOffer = Stacking(groups: nil)

    /// A line gets one offer of each of these groups, in this order; what is of none of them is the last group together.
    package static func inOrder(_ groups: [String]) -> Stacking { Stacking(groups: groups) }

    private init(groups: [String]?) { self.groups = groups }

    package init(_ policy: PolicySettings) {
        switch policy.stacking {
        case .bestOffer: self = .bestOffer
        case .inOrder: self = .inOrder(policy.stackingOrder)
        }
    }

    /// The stage in which a campaign gives its discount: from 0 on.
    package func stage(of campaign: RunningCampaign) -> Int {
        guard let groups else { return 0 }
        return groups.firstIndex(of: campaign.stackingGroup) ?? groups.count
    }

    /// Those of each stage that has some, in their order.
    func stages(of campaigns: [RunningCampaign]) -> [[RunningCampaign]] {
        guard groups != nil else { return [campaigns] }
        return Dictionary(grouping: campaigns, by: stage).sorted { $0.key < $1.key }.map(\.value)
    }
}
