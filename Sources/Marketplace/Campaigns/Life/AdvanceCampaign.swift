import EventLog
import JSONText
import Kernel
import Parties
import Postgres
import Profiles

/// One step that time asks of one campaign, judged again under its lock. True where a step was taken.
struct AdvanceCampaign: Sendable {
    let retailer: RetailerID
    let id: CampaignID

    func run(in tx: borrowing Transaction, by author: Author) throws -> Bool {
        let now = author.world.now()
        guard let before = try tx.lockCampaign(id, of: retailer) else { return false }
        let span = try tx.span(of: before)
        let today = try tx.profileMoment(of: retailer, at: now).today
        let carries = try before.agreement.map { try tx.shareAgreement($0, of: retailer)?.carries(on: today) ?? false } ?? true
        let money = try tx.moneyStates(of: [before], on: today, at: retailer)[id] ?? .enough
        guard let due = CampaignDue(before, span, agreementCarries: carries, money: money, at: now) else { return false }
        if case .extend(let amount) = due { return try extend(before, by: amount, in: tx, by: author) }
        var returned: Int64 = 0
        if due == .close {
            guard case .returned(let rest) = try ReturnBudget(campaign: before, today: today).run(in: tx, at: now) else {
                return false
            }
            returned = rest
        }
        let late = try tx.policy(of: retailer).lateReceiptDays
        let after = try next(before, due, span, lateDays: late, at: now)
        try tx.update(after)
        if due == .lapse { try tx.insert(.lapsed, "", on: before, by: author) }
        try tx.audit(
            author, due.eventType, about: EventSubject(id), before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: after))
        try tx.append(due.event(of: after, returned: returned), to: retailer, in: author.world)
        return true
    }

    /// False where another campaign was quicker to its wallets: the next look judges anew.
    private func extend(_ campaign: Campaign, by amount: Int64, in tx: borrowing Transaction, by author: Author) throws -> Bool {
        do {
            _ = try ExtendBudget(of: campaign, by: amount).run(in: tx, by: author)
            return true
        } catch LaunchCampaign.Refusal.insufficientFunds {
            return false
        }
    }

    private func next(
        _ campaign: Campaign, _ due: CampaignDue, _ span: CampaignSpan, lateDays: Int32, at now: Instant
    ) throws -> Campaign {
        let state = try campaign.state(after: due.action)
        return campaign.changed(at: now) { campaign in
            campaign.state = state
            campaign.pause = nil
            switch due {
            case .lapse: campaign.approval = nil
            case .end:
                campaign.endedAt = now
                campaign.settlesUntil = campaign.terms.lastDay.adding(days: lateDays)
            case .close: campaign.closedAt = now
            case .pauseForAgreement: campaign.pause = Pause(by: .platform, reason: Pause.agreementReason)
            case .pauseForBudget: campaign.pause = Pause(by: .platform, reason: Pause.budgetReason)
            case .resumeForAgreement: if now < span.startsAt { campaign.state = .scheduled }
            case .start, .settle, .resumeForBudget, .extend: break
            }
        }
    }
}

extension CampaignDue {
    fileprivate var action: CampaignAction {
        switch self {
        case .lapse: .lapse
        case .start: .start
        case .end: .end
        case .settle: .settle
        case .close: .close
        case .pauseForAgreement, .pauseForBudget: .pause
        case .resumeForAgreement, .resumeForBudget: .resume
        case .extend: .extend
        }
    }

    fileprivate var eventType: StaticString {
        switch self {
        case .lapse: "campaign.approval_lapsed"
        case .start: "campaign.started"
        case .end: "campaign.ended"
        case .settle: "campaign.settling"
        case .close: "campaign.closed"
        case .pauseForAgreement, .pauseForBudget: "campaign.paused"
        case .resumeForAgreement, .resumeForBudget: "campaign.resumed"
        case .extend: "campaign.budget_extended"
        }
    }

    fileprivate func event(of campaign: Campaign, returned: Int64) -> Event {
        campaign.event(eventType) { json in
            switch self {
            case .pauseForAgreement, .resumeForAgreement:
                json.field("by", word: CampaignSide.platform)
                json.field("reason", Pause.agreementReason)
            case .pauseForBudget, .resumeForBudget:
                json.field("by", word: CampaignSide.platform)
                json.field("reason", Pause.budgetReason)
            case .end, .settle: json.field("settles_until", campaign.settlesUntil)
            case .close: json.field("returned", Money(minor: returned, asset: campaign.terms.budget.asset))
            case .lapse, .start, .extend: break
            }
        }
    }
}
