import EventLog
import JSONText
import Kernel
import Parties
import Postgres
import Profiles

/// One step that time asks of one campaign, judged again under its lock. True where a step was taken.
struct AdvanceCampaign: Sendable {
    static let agreementReason = "agreement_not_in_force"

    let retailer: RetailerID
    let id: CampaignID

    func run(in tx: borrowing Transaction, by author: Author) throws -> Bool {
        let now = author.world.now()
        guard let before = try tx.lockCampaign(id, of: retailer) else { return false }
        let span = try tx.span(of: before)
        let today = try tx.profileMoment(of: retailer, at: now).today
        let carries = try before.agreement.map { try tx.shareAgreement($0, of: retailer)?.carries(on: today) ?? false } ?? true
        guard let due = CampaignDue(before, span, agreementCarries: carries, at: now) else { return false }
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
            case .pauseForAgreement: campaign.pause = Pause(by: .platform, reason: Self.agreementReason)
            case .resumeForAgreement: if now < span.startsAt { campaign.state = .scheduled }
            case .start, .settle: break
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
        case .pauseForAgreement: .pause
        case .resumeForAgreement: .resume
        }
    }

    fileprivate var eventType: StaticString {
        switch self {
        case .lapse: "campaign.approval_lapsed"
        case .start: "campaign.started"
        case .end: "campaign.ended"
        case .settle: "campaign.settling"
        case .close: "campaign.closed"
        case .pauseForAgreement: "campaign.paused"
        case .resumeForAgreement: "campaign.resumed"
        }
    }

    fileprivate func event(of campaign: Campaign, returned: Int64) -> Event {
        campaign.event(eventType) { json in
            switch self {
            case .pauseForAgreement, .resumeForAgreement:
                json.field("by", word: CampaignSide.platform)
                json.field("reason", AdvanceCampaign.agreementReason)
            case .end, .settle: json.field("settles_until", campaign.settlesUntil)
            case .close: json.field("returned", Money(minor: returned, asset: campaign.terms.budget.asset))
            case .lapse, .start: break
            }
        }
    }
}
