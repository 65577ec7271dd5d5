import Kernel

/// What time asks of a campaign, or its agreement. Pure; of several things that are due the first in this order.
enum CampaignDue: Hashable, Sendable {
    case lapse, start, end, settle, close
    case pauseForAgreement, resumeForAgreement

    init?(_ campaign: Campaign, _ span: CampaignSpan, agreementCarries: Bool, at now: Instant) {
        switch campaign.state {
        case .approved where campaign.approval?.hasLapsed(at: now, launchEnd: span.launchEnd(of: campaign.terms)) ?? true:
            self = .lapse
        case .scheduled, .running, .paused:
            guard let due = Self.inForce(campaign, span, agreementCarries, now) else { return nil }
            self = due
        case .ended: self = .settle
        case .settling where span.closesAt.map { $0 <= now } ?? true: self = .close
        default: return nil
        }
    }

    private static func inForce(
        _ campaign: Campaign, _ span: CampaignSpan, _ agreementCarries: Bool, _ now: Instant
    ) -> CampaignDue? {
        if span.endsAt <= now { return .end }
        if campaign.state == .paused {
            return campaign.pause?.by == .platform && agreementCarries ? .resumeForAgreement : nil
        }
        if !agreementCarries { return .pauseForAgreement }
        return campaign.state == .scheduled && span.startsAt <= now ? .start : nil
    }
}
