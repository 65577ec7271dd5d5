package import Campaigns
package import Kernel

/// Why an offer was taken back before the end of its period (DOMAIN 4). Nothing else ends a promise.
package enum WithdrawalReason: String, Sendable, CaseIterable {
    case paused, ended
    case budgetExhausted = "budget_exhausted"
    /// At today's prices the campaign gives nothing of what it promised.
    case priceChanged = "price_changed"

    /// What readers are told who know the first three alone: the list was closed when the contract was released.
    var nearest: WithdrawalReason { self == .priceChanged ? .ended : self }

    /// What comes to an end: when the campaign goes on, what it took back is in force again.
    static let passing = [paused, budgetExhausted].map(\.rawValue)
}

/// What is to be done about one campaign's offers now. Pure; of several things the first in this order.
package enum OfferStep: Sendable, Hashable {
    /// Take back what is in force.
    case withdraw(WithdrawalReason)
    /// The pause is over, or the budget lasts again: put in force again what was taken back for it.
    case restore
    /// Decide the period that runs.
    case grant(GrantPeriod)
    /// Go on telling the retailer's endpoints of a grant, at one of the campaign's depths; 0 where it has but one.
    case tell(GrantPeriod, depthBP: Int32)

    /// `grants` are those of the period that runs, also of its days that are over.
    package init?(
        for campaign: RunningCampaign, grants: [GrantState], period: GrantPeriod, on today: BusinessDay,
        isExhausted: Bool, isUntrue: Bool = false
    ) {
        let lasting = grants.filter { $0.period.endsOn >= today }
        if let reason = Self.reasonToWithdraw(campaign, isExhausted, isUntrue) {
            guard lasting.contains(where: { $0.withdrawnReason == nil }) else { return nil }
            self = .withdraw(reason)
        } else if lasting.contains(where: { WithdrawalReason.passing.contains($0.withdrawnReason ?? "") }) {
            self = .restore
        } else if !campaign.isForEveryone, !grants.contains(where: { $0.period.contains(today) }) {
            let isTaken = grants.contains { $0.period.startsOn == period.startsOn }
            // Nobody is promised for longer than the campaign is about the same.
            self = .grant((isTaken ? period.from(today) : period).through(campaign.lastDayOfVersion(on: today)))
        } else if let untold = lasting.first(where: { $0.withdrawnReason == nil && !$0.isTold }) {
            self = .tell(untold.period, depthBP: untold.depthBP)
        } else {
            return nil
        }
    }

    private static func reasonToWithdraw(
        _ campaign: RunningCampaign, _ isExhausted: Bool, _ isUntrue: Bool
    ) -> WithdrawalReason? {
        switch campaign.state {
        case .running: isExhausted ? .budgetExhausted : isUntrue ? .priceChanged : nil
        case .paused: campaign.isOutOfMoney ? .budgetExhausted : .paused
        default: .ended
        }
    }
}

/// Where one grant stands, without its members.
package struct GrantState: Sendable, Hashable {
    package let campaign: CampaignID
    package let period: GrantPeriod
    /// Nil: in force.
    package let withdrawnReason: String?
    /// Whether events name all of its shoppers.
    package let isTold: Bool
    /// 0: the campaign's own reward.
    package let depthBP: Int32

    package init(
        campaign: CampaignID, period: GrantPeriod, withdrawnReason: String?, isTold: Bool, depthBP: Int32 = 0
    ) {
        self.campaign = campaign
        self.period = period
        self.withdrawnReason = withdrawnReason
        self.isTold = isTold
        self.depthBP = depthBP
    }

    func isInForce(on day: BusinessDay) -> Bool { withdrawnReason == nil && period.contains(day) }
}
