import Audiences
import Catalogue
import EventLog
import HTTPSupport
import JSONText
import Kernel
import Ledger
import Parties
import Postgres
import Tenancy

/// The owner hands in a draft: what it names is resolved within the agreement's scope and frozen, with the prices of the
/// day. Within the agreement's limits it is approved at once; else a person of the retailer's decides.
struct SubmitCampaign: Sendable {
    static let productsMax = 10_000

    let authority: CampaignAuthority
    let id: CampaignID
    let ifMatch: IfMatch?
    /// What the audiences said of a supplier's audience before this transaction: it holds the privacy floor.
    let isAudienceLargeEnough: Bool

    func run(in tx: borrowing Transaction, by author: Author) throws -> Campaign {
        guard let before = try tx.lockCampaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        try authority.checkOwns(before)
        try ifMatch?.check(before.revision)
        let state = try before.state(after: .submit)
        let now = author.world.now()
        let agreement = try agreementInForce(of: before, in: tx)
        try checkTerms(before.terms, launchedBefore: tx.span(of: before).launchEnd(of: before.terms), agreement, at: now)
        try checkDepths(before.terms, in: tx)
        try tx.checkAudience(of: before, isLargeEnough: isAudienceLargeEnough)
        let funding = try tx.fundingWallets(of: before)
        let resolved = try tx.resolve(before.terms, under: agreement, on: before.terms.firstDay, at: authority.retailer)
        let submitted = before.changed(at: now) { campaign in
            campaign.state = state
            campaign.fee = agreement?.fee ?? campaign.fee
            campaign.terms = campaign.terms.funded(by: funding.plan)
            campaign.submission = Submission(at: now, person: author.principal.person)
        }
        try tx.putVersion(of: submitted, by: author.principal)
        try tx.freeze(resolved, of: submitted)
        let decided = try autoApprove(submitted, agreement, funding, resolved, in: tx, by: author)
        try tx.update(decided)
        try tx.updateSubmission(of: decided)
        try record(before, submitted, decided, in: tx, by: author)
        return decided
    }

    private func record(
        _ before: Campaign, _ submitted: Campaign, _ decided: Campaign, in tx: borrowing Transaction, by author: Author
    ) throws {
        try tx.audit(
            author, "campaign.submitted", about: EventSubject(id), before: CampaignSummary(campaign: before),
            after: CampaignSummary(campaign: decided))
        var events = [submitted.event("campaign.submitted") { $0.field("budget", submitted.terms.budget) }]
        if decided.state == .approved {
            events.append(
                decided.event("campaign.approved") { json in
                    json.field("is_automatic", true)
                    json.field("comment", "")
                })
        }
        try tx.append(
            events, to: authority.retailer, ids: events.map { _ in author.world.newID() }, at: author.world.now())
    }

    private func agreementInForce(of campaign: Campaign, in tx: borrowing Transaction) throws -> Agreement? {
        guard let owner = campaign.owner else { return nil }
        guard let agreement = try tx.shareAgreement(owner.agreement, of: campaign.retailer, supplier: owner.supplier),
            agreement.state == .active
        else { throw Refusal.agreementNotInForce }
        return agreement
    }

    private func checkTerms(
        _ terms: CampaignTerms, launchedBefore end: Instant, _ agreement: Agreement?, at now: Instant
    ) throws {
        guard now < end else { throw Refusal.startPassed }
        if let agreement, terms.firstDay < agreement.startsOn || agreement.endsOn < terms.lastDay {
            throw Refusal.outsideAgreementDates
        }
        guard terms.limits.boundsEachShopper, terms.limits.unitsPerReceipt != nil else { throw Refusal.limitsMissing }
        guard terms.budget.minor > 0 else { throw Refusal.budgetMissing }
    }

    private func checkDepths(_ terms: CampaignTerms, in tx: borrowing Transaction) throws {
        guard let depths = terms.depthByShopper else { return }
        let on = try tx.policy(of: authority.retailer).depthRules.on
        let off = depths.parts.map(\.rule).filter { !on.contains($0) }
        guard off.isEmpty else { throw Refusal.depthRulesOff(off) }
    }

    private func autoApprove(
        _ campaign: Campaign, _ agreement: Agreement?, _ funding: FundingWallets, _ resolved: ResolvedTerms,
        in tx: borrowing Transaction, by author: Author
    ) throws -> Campaign {
        guard let limits = agreement?.autoApproval, !funding.hasRetailersMoney, !campaign.terms.followsCatalogue else {
            return campaign
        }
        let stores = resolved.assortment.namesStores ? Set(resolved.assortment.stores.map(\.id)) : nil
        let proposal = try tx.proposal(of: campaign, resolved, inStores: stores)
        guard limits.exceeded(by: proposal).isEmpty else { return campaign }
        var approved = campaign
        approved.state = try campaign.state(after: .approve)
        approved.approval = Approval(version: campaign.version, at: campaign.updatedAt)
        try tx.insert(.automatic, "", on: approved, by: author)
        return approved
    }
}

extension CampaignTerms {
    /// These terms with the wallets that pay named.
    fileprivate func funded(by plan: FundingPlan) -> CampaignTerms {
        CampaignTerms(
            name: name, products: products, stores: stores, reward: reward, depthByShopper: depthByShopper,
            discountMaxPerUnitMinor: discountMaxPerUnitMinor,
            startsAt: startsAt, endsAt: endsAt, startsLate: startsLate, limits: limits, budget: budget,
            budgetExtension: budgetExtension, pacing: pacing, holdout: holdout,
            eligibility: eligibility,
            presentation: presentation, funding: plan, followsCatalogue: followsCatalogue, stackingGroup: stackingGroup,
            needsActivation: needsActivation)
    }
}
