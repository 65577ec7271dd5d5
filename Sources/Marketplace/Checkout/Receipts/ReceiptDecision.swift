package import Campaigns
import Parties

/// What the claims of one receipt are paid, one after the other: they share what is left. Pure.
///
/// Those that a hold keeps money and units for come first. Each line gets one campaign's discount of a stage, as a quote gives
/// it (DOMAIN 2): what a further campaign claims on a line that was funded is not allowed.
package struct ReceiptDecision: Sendable {
    /// In the order of the claims.
    package let decisions: [RedemptionDecision]

    package init(
        _ claims: [RedemptionClaim], campaigns: [RunningCampaign], basket: Basket, left: Availability,
        stacking: Stacking = .bestOffer
    ) {
        var left = left
        var decided: [Int: RedemptionDecision] = [:]
        var funded: [Int32: (stages: Set<Int>, minor: Int64)] = [:]
        let held = claims.indices.filter { claims[$0].basis.heldQuote != nil }
        let others = claims.indices.filter { claims[$0].basis.heldQuote == nil }
        for index in held + others {
            let claim = claims[index]
            let campaign = campaigns.first { $0.id == claim.campaign }
            let stage = campaign.map(stacking.stage) ?? 0
            let before = funded[claim.line.lineNo] ?? ([], 0)
            guard !before.stages.contains(stage) || claim.basis.isNothing else {
                decided[index] = RedemptionDecision(nothing: .moreThanQuoted)
                continue
            }
            let keys = campaign.map { $0.limits(for: basket).map(\.key) } ?? []
            let decision = RedemptionDecision(claim.costingLess(before.minor), campaign: campaign, keys: keys, left: &left)
            if decision.fundedMinor > 0 {
                funded[claim.line.lineNo] = (before.stages.union([stage]), before.minor + decision.fundedMinor)
            }
            decided[index] = decision
        }
        decisions = claims.indices.compactMap { decided[$0] }
    }
}

extension RedemptionClaim {
    /// The same claim at what earlier ones left of its line's price.
    fileprivate func costingLess(_ minor: Int64) -> RedemptionClaim {
        minor == 0
            ? self
            : RedemptionClaim(line: line.costingLess(minor), campaign: campaign, claimedMinor: claimedMinor, basis: basis)
    }
}
