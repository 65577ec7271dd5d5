import Kernel

/// What time asks of a campaign, or its agreement, or its money. Pure; of several things that are due the first in this
/// order.
enum CampaignDue: Hashable, Sendable {
    case lapse, start, end, settle, close
    case pauseForAgreement, resumeForAgreement
    case pauseForBudget, resumeForBudget
    /// By so many minor units, as its terms say.
    case extend(Int64)

    init?(
        _ campaign: Campaign, _ span: CampaignSpan, agreementCarries: Bool, money: CampaignMoney = .enough, at now: Instant
    ) {
        switch campaign.state {
        case .approved where campaign.approval?.hasLapsed(at: now, launchEnd: span.launchEnd(of: campaign.terms)) ?? true:
            self = .lapse
        case .scheduled, .running, .paused:
            guard let due = Self.inForce(campaign, span, agreementCarries, money, now) else { return nil }
            self = due
        case .ended: self = .settle
        case .settling where span.closesAt.map { $0 <= now } ?? true: self = .close
        default: return nil
        }
    }

    private static func inForce(
        _ campaign: Campaign, _ span: CampaignSpan, _ agreementCarries: Bool, _ money: CampaignMoney, _ now: Instant
    ) -> CampaignDue? {
        if span.endsAt <= now { return .end }
        if campaign.state == .paused, agreementCarries { return resume(campaign, money) }
        // A budget that is used up stops no sale that money is left for; an agreement that does not carry stops them all.
        if campaign.state == .paused { return campaign.pause?.isForBudget == true ? .pauseForAgreement : nil }
        if !agreementCarries { return .pauseForAgreement }
        if campaign.state == .running, case .exhausted(let extensible) = money {
            return extensible > 0 ? .extend(extensible) : .pauseForBudget
        }
        return campaign.state == .scheduled && span.startsAt <= now ? .start : nil
    }

    /// What the service paused goes on when its reason is gone. Returns alone make a budget last again only when less than
    /// four fifths are spent: a unit that comes back does not start it anew.
    private static func resume(_ campaign: Campaign, _ money: CampaignMoney) -> CampaignDue? {
        if campaign.pause?.isForAgreement == true { return .resumeForAgreement }
        guard campaign.pause?.isForBudget == true else { return nil }
        switch money {
        case .plenty: return .resumeForBudget
        case .exhausted(let extensible) where extensible > 0: return .extend(extensible)
        case .enough, .exhausted: return nil
        }
    }
}
