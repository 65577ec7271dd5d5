import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Profiles

/// A campaign is paused, resumed, stopped or cancelled by a person or key of either side, with a reason. Only the side that
/// paused resumes. A stop ends it early; a cancellation gives the money back at once, which is possible before it runs.
struct HaltCampaign: Sendable {
    let authority: CampaignAuthority
    let id: CampaignID
    let action: CampaignAction
    let reason: String

    enum Refusal: Kernel.Refusal {
        case pausedByOtherSide(CampaignSide)
        case agreementNotInForce
        case heldByQuotes

        var problem: Problem {
            switch self {
            case .pausedByOtherSide(let side):
                Problem(
                    409, "paused_by_other_side", "Only the side that paused the campaign resumes it.",
                    detail: "It was paused by the \(side.rawValue).")
            case .agreementNotInForce: Problem(409, "agreement_not_in_force", "The agreement does not carry campaigns.")
            case .heldByQuotes:
                Problem(409, "held_by_quotes", "Quotes hold some of the budget.", retryAfterSeconds: 60)
            }
        }
    }

    init(_ fields: Fields, _ action: CampaignAction, _ id: CampaignID, by authority: CampaignAuthority) {
        self.authority = authority
        self.id = id
        self.action = action
        reason = fields.string("reason", max: Audit.reasonCharactersMax)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority.checkMayHalt(before)
        let state = try before.state(after: action)
        if action == .pause, let pause = before.pause, !pause.isForBudget { throw WrongState(action: .pause, state: .paused) }
        let now = author.world.now()
        let today = try tx.profileMoment(of: authority.retailer, at: now).today
        if action == .resume { try checkResume(of: before, on: today, in: tx) }
        let startsAt = try tx.span(of: before).startsAt
        let next: CampaignState = action == .resume && now < startsAt ? .scheduled : state
        let late = try tx.policy(of: authority.retailer).lateReceiptDays
        let after = before.changed(at: now) { campaign in
            campaign.state = next
            campaign.pause = action == .pause ? Pause(by: authority.side, reason: reason) : nil
            guard action == .stop else { return }
            campaign.endedAt = now
            campaign.settlesUntil = today.adding(days: late)
        }
        if action == .cancel, before.launchedAt != nil { try giveBack(after, today, in: tx, at: now) }
        try tx.update(after)
        try tx.audit(
            author, eventType, about: EventSubject(id), reason: reason, before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: after))
        try tx.append(event(of: after), to: authority.retailer, in: author.world)
        return after
    }

    private func checkResume(of campaign: Campaign, on today: BusinessDay, in tx: borrowing Transaction) throws {
        if let pause = campaign.pause, pause.by != authority.side { throw Refusal.pausedByOtherSide(pause.by) }
        guard let owner = campaign.owner else { return }
        guard let agreement = try tx.shareAgreement(owner.agreement, of: campaign.retailer, supplier: owner.supplier),
            agreement.state == .active, today <= agreement.endsOn
        else { throw Refusal.agreementNotInForce }
    }

    private func giveBack(_ campaign: Campaign, _ today: BusinessDay, in tx: borrowing Transaction, at now: Instant) throws {
        let outcome = try ReturnBudget(campaign: campaign, today: today).run(in: tx, at: now)
        if outcome == .heldByQuotes { throw Refusal.heldByQuotes }
    }

    private var eventType: StaticString {
        switch action {
        case .pause: "campaign.paused"
        case .resume: "campaign.resumed"
        case .stop: "campaign.stopped"
        default: "campaign.cancelled"
        }
    }

    private func event(of campaign: Campaign) -> Event {
        campaign.event(eventType) { json in
            json.field("by", word: authority.side)
            json.field("reason", reason)
        }
    }
}
