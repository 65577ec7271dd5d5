import Audiences
import EventLog
import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

/// The owner changes the budget, the end, the products or the audience of a launched campaign. What is within what was approved, or within what the
/// agreement approves by itself, is applied at once; the rest waits for the retailer's approver. One waits at a time: the
/// next takes the place of it.
///
/// Locks: the campaign, then accounts by id, then the log's head.
struct ProposeChange: Sendable {
    let authority: CampaignAuthority
    let id: CampaignID
    let wanted: WantedChange
    let sampling: SupplierSampling
    /// What the audiences said of a supplier's new audience before this transaction: it holds the privacy floor.
    let isAudienceLargeEnough: Bool

    func run(in tx: borrowing Transaction, by author: Author) throws -> CampaignChange {
        guard let campaign = try tx.lockCampaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority.checkOwns(campaign)
        let check = try ChangeCheck(campaign, at: author.world.now(), in: tx)
        var change = try change(of: campaign, in: tx, by: author)
        try check.check(change, in: tx)
        let version = try check.newVersion(for: change, isAudienceLargeEnough: isAudienceLargeEnough, in: tx)
        if let version { change.products?.resolved = version.products }
        try withdrawEarlier(of: campaign, in: tx, by: author)
        guard try check.isApproved(change, version, in: tx) else { return try propose(change, of: campaign, in: tx, by: author) }
        return try ApplyChange(
            change, to: campaign, under: check, version, sampling, outcome: outcome(author)
        ).run(in: tx, by: author)
    }

    private func change(of campaign: Campaign, in tx: borrowing Transaction, by author: Author) throws -> CampaignChange {
        let putIn = try tx.putIn(by: campaign).reduce(0, +)
        return CampaignChange(
            id: author.world.newID(), campaign: id, state: .proposed,
            budget: wanted.budget.map { CampaignChange.Step(before: putIn, after: $0.minor) },
            end: wanted.endsAt.map { CampaignChange.Step(before: campaign.terms.endsAt, after: $0) },
            products: try wanted.products.map { selection in
                CampaignChange.ChangedProducts(
                    after: selection, countBefore: try tx.productCount(of: campaign), resolved: [])
            },
            eligibility: wanted.eligibility.map { CampaignChange.Step(before: campaign.terms.eligibility, after: $0) },
            reason: wanted.reason,
            side: authority.side, person: author.principal.person, at: author.world.now(), asset: campaign.terms.budget.asset)
    }

    private func outcome(_ author: Author) -> CampaignChange.Outcome {
        CampaignChange.Outcome(person: author.principal.person, comment: "", at: author.world.now())
    }

    private func withdrawEarlier(of campaign: Campaign, in tx: borrowing Transaction, by author: Author) throws {
        guard var earlier = try tx.proposedChange(of: campaign) else { return }
        earlier.state = .withdrawn
        earlier.outcome = CampaignChange.Outcome(
            person: author.principal.person, comment: "Another was proposed.", at: author.world.now())
        try tx.update(earlier, of: campaign, by: author)
        try tx.append(campaign.closed(earlier), to: authority.retailer, in: author.world)
    }

    private func propose(
        _ change: CampaignChange, of campaign: Campaign, in tx: borrowing Transaction, by author: Author
    ) throws -> CampaignChange {
        try tx.insert(change, of: campaign, by: author)
        try tx.audit(author, "campaign.change_proposed", about: EventSubject(id), reason: change.reason, after: change)
        try tx.append(
            campaign.event("campaign.change_proposed") { change.writeFact(to: &$0) }, to: authority.retailer, in: author.world)
        return change
    }
}
