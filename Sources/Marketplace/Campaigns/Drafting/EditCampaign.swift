import EventLog
import HTTPSupport
import Kernel
import Parties
import Postgres
import Tenancy

/// The owner changes what a campaign will be. A version that was handed in is never rewritten: a later edit begins the
/// next one, and an approval of the old one is gone.
struct EditCampaign: Sendable {
    let authority: CampaignAuthority
    let id: CampaignID
    let ifMatch: IfMatch

    func run(
        in tx: borrowing Transaction, by author: Author, _ edit: (CampaignTerms) throws -> CampaignTerms
    ) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority.checkOwns(before)
        try ifMatch.check(before.revision)
        let state = try before.state(after: .edit)
        let terms = try edit(before.terms)
        let after = before.changed(at: author.world.now()) { campaign in
            campaign.state = state
            campaign.terms = terms
            campaign.editedBy = author.principal.person
            campaign.approval = nil
            guard campaign.submission != nil else { return }
            campaign.version += 1
            campaign.submission = nil
        }
        try tx.checkWallets(of: after)
        try tx.putVersion(of: after, by: author.principal)
        try tx.update(after)
        try tx.audit(
            author, "campaign.edited", about: EventSubject(id), before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: after))
        return after
    }
}
