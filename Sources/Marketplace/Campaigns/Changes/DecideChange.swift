import Audiences
import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// A proposed change comes to its end: the retailer's approver applies or rejects it, or its owner takes it back. Persons
/// approve, and never what they proposed themselves (DOMAIN 13).
struct DecideChange: Sendable {
    enum Action: String, Sendable { case approve, reject, withdraw }

    let authority: CampaignAuthority
    let campaign: CampaignID
    let change: ChangeID
    let action: Action
    let comment: String
    let sampling: SupplierSampling

    enum Refusal: Kernel.Refusal {
        case isOver(CampaignChange.State)

        var problem: Problem {
            switch self {
            case .isOver(let state):
                Problem(
                    409, "wrong_state", "The thing's state does not allow this.", detail: "The change is \(state.rawValue).")
            }
        }
    }

    init(
        _ fields: Fields, _ action: Action, _ change: ChangeID, of campaign: CampaignID, by authority: CampaignAuthority,
        _ sampling: SupplierSampling
    ) {
        self.sampling = sampling
        self.authority = authority
        self.campaign = campaign
        self.change = change
        self.action = action
        let most = DecideCampaign.commentCharactersMax
        comment =
            action == .reject
            ? fields.string("comment", max: most, multiline: true)
            : fields.stringIfPresent("comment", max: most, multiline: true) ?? ""
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> CampaignChange {
        guard let campaign = try tx.lockCampaign(campaign, of: authority.retailer, supplier: authority.supplier),
            var change = try tx.change(change, of: campaign)
        else { throw Problem.notFound("change") }
        if action == .withdraw { try authority.checkOwns(campaign) }
        guard change.state == .proposed else { throw Refusal.isOver(change.state) }
        let outcome = CampaignChange.Outcome(person: author.principal.person, comment: comment, at: author.world.now())
        if action == .approve {
            guard let person = author.principal.person else { throw DecideCampaign.Refusal.personNeeded }
            guard person != change.person else { throw DecideCampaign.Refusal.ownWork }
            let check = try ChangeCheck(campaign, at: outcome.at, in: tx)
            try check.check(change, in: tx)
            // The secret sample decides on the floor when the members are drawn.
            let version = try check.newVersion(for: change, isAudienceLargeEnough: true, in: tx)
            return try ApplyChange(
                change, to: campaign, under: check, version, sampling, outcome: outcome
            ).run(in: tx, by: author)
        }
        let before = change
        change.state = action == .reject ? .rejected : .withdrawn
        change.outcome = outcome
        try tx.update(change, of: campaign, by: author)
        try tx.audit(
            author, "campaign.change_closed", about: EventSubject(campaign.id), reason: comment.isEmpty ? nil : comment,
            before: before, after: change)
        try tx.append(campaign.closed(change), to: campaign.retailer, in: author.world)
        return change
    }
}
