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
        try checkAudience(of: before, in: tx)
        let funding = try tx.fundingWallets(of: before)
        let assortment = try assortment(of: before, within: agreement?.scope, in: tx)
        let check = try prices(of: assortment, before.terms, agreement, in: tx)
        let submitted = before.changed(at: now) { campaign in
            campaign.state = state
            campaign.fee = agreement?.fee ?? campaign.fee
            campaign.terms = campaign.terms.funded(by: funding.plan)
            campaign.submission = Submission(at: now, person: author.principal.person)
        }
        try tx.putVersion(of: submitted, by: author.principal)
        try tx.freeze(assortment, check, of: submitted)
        let decided = try autoApprove(submitted, agreement, funding, assortment, check, in: tx, by: author)
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

    private func checkAudience(of campaign: Campaign, in tx: borrowing Transaction) throws {
        guard case .audience(let choice) = campaign.terms.eligibility else { return }
        guard let audience = try tx.audience(choice.audience, of: campaign.retailer), audience.supplier == campaign.supplier,
            try tx.predicate(of: choice.audience, version: choice.version, at: campaign.retailer) != nil
        else { throw Refusal.unknownAudience }
        guard campaign.supplier == nil || isAudienceLargeEnough else { throw Refusal.audienceBelowFloor }
    }

    private func assortment(
        of campaign: Campaign, within scope: AgreementScope?, in tx: borrowing Transaction
    ) throws -> CampaignAssortment {
        let terms = campaign.terms
        let products = try tx.candidates(terms.products, of: campaign.retailer, limit: Self.productsMax + 1)
        guard products.count <= Self.productsMax else { throw Refusal.tooManyProducts }
        let stores = try tx.candidates(terms.stores, of: campaign.retailer)
        let assortment = CampaignAssortment(products, stores, of: terms, within: scope)
        let strangers = try unknownNames(terms, products, stores, in: tx)
        let outside = strangers + assortment.productsOutside.map { .product($0) } + assortment.storesOutside.map { .store($0) }
        guard outside.isEmpty else { throw Refusal.outsideScope(outside) }
        guard !assortment.products.isEmpty else { throw Refusal.noProducts }
        guard !assortment.stores.isEmpty else { throw Refusal.noStores }
        return assortment
    }

    /// What was named and is not in the catalogue.
    private func unknownNames(
        _ terms: CampaignTerms, _ products: [CandidateProduct], _ stores: [CandidateStore], in tx: borrowing Transaction
    ) throws -> [OutsideName] {
        var unknown: [OutsideName] = []
        switch terms.products {
        case .ids(let ids): unknown += Set(ids).subtracting(products.map(\.id)).sorted().map { .product($0) }
        case .gtins(let gtins): unknown += try tx.unknownGTINs(gtins, of: authority.retailer).map { .gtin($0) }
        case .brands, .categories: break
        }
        if case .ids(let ids) = terms.stores {
            unknown += Set(ids).subtracting(stores.map(\.id)).sorted().map { .store($0) }
        }
        return unknown
    }

    private func prices(
        of assortment: CampaignAssortment, _ terms: CampaignTerms, _ agreement: Agreement?, in tx: borrowing Transaction
    ) throws -> PriceCheck {
        let (products, stores) = (assortment.products.map(\.ordinal), assortment.stores.map(\.ordinal))
        let base = try tx.basePrices(of: products, inStores: stores, on: terms.firstDay, at: authority.retailer)
        guard let reward = PriceCheck.unitReward(of: terms.reward, for: assortment.products, base: base) else {
            throw Refusal.priceUnknown
        }
        let check = PriceCheck(
            reward: reward, discountMax: terms.discountMaxPerUnitMinor, depthMax: agreement?.depthMax, base: base,
            minimum: try tx.minimumPrices(of: products, inStores: stores, on: terms.firstDay, at: authority.retailer)
        ).ofSet(terms.reward, assortment.products)
        if let fault = check.fault(of: products) { throw fault }
        return check
    }

    private func autoApprove(
        _ campaign: Campaign, _ agreement: Agreement?, _ funding: FundingWallets, _ assortment: CampaignAssortment,
        _ check: PriceCheck, in tx: borrowing Transaction, by author: Author
    ) throws -> Campaign {
        guard let limits = agreement?.autoApproval, !funding.hasRetailersMoney, !campaign.terms.followsCatalogue else {
            return campaign
        }
        let ordinals = assortment.products.map(\.ordinal)
        let depths = ordinals.compactMap { check.base[$0].map { check.reward.depth(atBase: $0) } }
        let proposal = AutoApproval.Proposal(
            budget: campaign.terms.budgetMax, depth: depths.max() ?? check.reward.depth(atBase: 1),
            days: campaign.terms.days, categoryPaths: assortment.products.map(\.categoryPath),
            stores: assortment.namesStores ? Set(assortment.stores.map(\.id)) : nil,
            overlapping: try tx.overlapping(campaign, on: ordinals))
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
            name: name, products: products, stores: stores, reward: reward, discountMaxPerUnitMinor: discountMaxPerUnitMinor,
            startsAt: startsAt, endsAt: endsAt, startsLate: startsLate, limits: limits, budget: budget,
            budgetExtension: budgetExtension, pacing: pacing, holdout: holdout,
            eligibility: eligibility,
            presentation: presentation, funding: plan, followsCatalogue: followsCatalogue, stackingGroup: stackingGroup)
    }
}
