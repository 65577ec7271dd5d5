import EventLog
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Tenancy

/// The retailer's approver decides on a version that was handed in, with a comment. Persons decide, and nobody approves
/// what they made themselves (DOMAIN 13).
struct DecideCampaign: Sendable {
    static let commentCharactersMax = 4_000

    let authority: CampaignAuthority
    let id: CampaignID
    let action: CampaignAction
    let comment: String
    /// The version that was looked at: approval binds it.
    let version: Int64?

    enum Refusal: Kernel.Refusal {
        case personNeeded
        case ownWork
        case otherVersion(Int64)
        case startPassed

        var problem: Problem {
            switch self {
            case .personNeeded: Problem(403, "person_needed", "A person decides this, not a service's key.")
            case .ownWork:
                Problem(403, "four_eyes", "Who created, submitted or last edited a campaign cannot approve it.")
            case .otherVersion(let version):
                Problem(409, "version_conflict", "Someone else has changed it.", detail: "It is at version \(version).")
            case .startPassed: Problem(409, "start_passed", "The campaign would start in the past.")
            }
        }
    }

    init(_ fields: Fields, _ action: CampaignAction, _ id: CampaignID, by authority: CampaignAuthority) {
        self.authority = authority
        self.id = id
        self.action = action
        comment =
            action == .approve
            ? fields.stringIfPresent("comment", max: Self.commentCharactersMax, multiline: true) ?? ""
            : fields.string("comment", max: Self.commentCharactersMax, multiline: true)
        version = fields.integerIfPresent("version", in: 1...Int64.max)
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer) else { throw Problem.notFound("campaign") }
        let state = try before.state(after: action)
        try check(before, by: author)
        let now = author.world.now()
        if action == .approve, try tx.span(of: before).launchEnd(of: before.terms) <= now { throw Refusal.startPassed }
        let after = before.changed(at: now) { campaign in
            campaign.state = state
            if action == .approve { campaign.approval = Approval(version: campaign.version, at: now) }
        }
        try tx.update(after)
        try tx.insert(verdict, comment, on: after, by: author)
        try tx.audit(
            author, eventType, about: EventSubject(id), reason: comment.isEmpty ? nil : comment,
            before: CampaignSummary(campaign: before), after: CampaignSummary(campaign: after))
        try tx.append(event(of: after), to: authority.retailer, in: author.world)
        return after
    }

    private func check(_ campaign: Campaign, by author: Author) throws {
        guard let person = author.principal.person else { throw Refusal.personNeeded }
        if let version, version != campaign.version { throw Refusal.otherVersion(campaign.version) }
        let makers = [campaign.createdBy, campaign.submission?.person, campaign.editedBy]
        if action == .approve, makers.contains(person) { throw Refusal.ownWork }
    }

    private var verdict: CampaignVerdict {
        switch action {
        case .approve: .approved
        case .reject: .rejected
        default: .changesRequested
        }
    }

    private var eventType: StaticString {
        switch action {
        case .approve: "campaign.approved"
        case .reject: "campaign.rejected"
        default: "campaign.changes_requested"
        }
    }

    private func event(of campaign: Campaign) -> Event {
        campaign.event(eventType) { json in
            if action == .approve { json.field("is_automatic", false) }
            json.field("comment", comment)
        }
    }
}
