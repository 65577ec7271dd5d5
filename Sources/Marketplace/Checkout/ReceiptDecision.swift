package import Campaigns
import Parties

/// What the claims of one receipt are paid, one after the other: they share what is left. Pure.
///
/// Those that a hold keeps money and units for come first. Each line gets one campaign's discount, as a quote gives it
/// (DOMAIN 2): what a further campaign claims on a line that was funded is not allowed.
package struct ReceiptDecision: Sendable {
    /// In the order of the claims.
    package let decisions: [RedemptionDecision]

    package init(_ claims: [RedemptionClaim], campaigns: [RunningCampaign], basket: Basket, left: Availability) {
        var left = left
        var decided: [Int: RedemptionDecision] = [:]
        var funded: Set<Int32> = []
        let held = claims.indices.filter { claims[$0].basis.heldQuote != nil }
        let others = claims.indices.filter { claims[$0].basis.heldQuote == nil }
        for index in held + others {
            let claim = claims[index]
            guard !funded.contains(claim.line.lineNo) || claim.basis.isNothing else {
                decided[index] = RedemptionDecision(nothing: .moreThanQuoted)
                continue
            }
            let campaign = campaigns.first { $0.id == claim.campaign }
            let keys = campaign.map { $0.limits(for: basket).map(\.key) } ?? []
            let decision = RedemptionDecision(claim, campaign: campaign, keys: keys, left: &left)
            if decision.fundedMinor > 0 { funded.insert(claim.line.lineNo) }
            decided[index] = decision
        }
        decisions = claims.indices.compactMap { decided[$0] }
    }
}
