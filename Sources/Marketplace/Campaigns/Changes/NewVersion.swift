import Kernel
import Parties
import Postgres
import Profiles

/// What a launched campaign becomes when it gets other products or another audience: resolved and judged as at submit, and the
/// business day from which on it is that. Until then the version before it stays in force, so that what shoppers were promised for
/// the offer period that runs is kept (DOMAIN 4).
struct NewVersion: Sendable {
    let campaign: Campaign
    let resolved: ResolvedTerms
    /// The campaign's stores that were not withdrawn; nil where it runs in all.
    let stores: Set<ExternalID>?
    let from: BusinessDay

    var products: [ExternalID] { resolved.assortment.products.map(\.id) }
}

extension ChangeCheck {
    /// Versions that a campaign may have had since its launch: a sale that is told of late is judged by that of its day.
    static let versionsMax: Int64 = 100

    /// Nil where a change is about neither products nor audience. What waits for an approval is resolved again as it was resolved
    /// then: product by product.
    func newVersion(
        for change: CampaignChange, isAudienceLargeEnough: Bool, in tx: borrowing Transaction
    ) throws -> NewVersion? {
        guard change.isAboutVersion else { return nil }
        let next = campaign.approving(change)
        try checkTerms(next, change)
        try tx.checkAudience(of: next, isLargeEnough: isAudienceLargeEnough)
        let from = try firstDay(in: tx)
        guard from <= next.terms.lastDay else { throw ChangeRefusal.noPeriodLeft(from) }
        let stores = try tx.frozenStores(of: campaign)
        var terms = next.terms
        if !change.productIDs.isEmpty { terms.products = .ids(change.productIDs) }
        if change.products == nil { terms.products = .ids(try tx.recordedBases(of: campaign).map(\.id)) }
        let resolved = try tx.resolve(
            terms, under: agreement, on: from, inStores: try tx.ordinals(ofStores: stores, of: campaign),
            at: campaign.retailer)
        return NewVersion(
            campaign: next, resolved: try without(try tx.withdrawnProducts(of: campaign), resolved, terms), stores: stores,
            from: from)
    }

    private func checkTerms(_ next: Campaign, _ change: CampaignChange) throws {
        let terms = next.terms
        if change.products != nil, case .set? = terms.reward.basket { throw ChangeRefusal.productsOfSet }
        if terms.followsCatalogue, terms.products.isExplicit { throw ChangeRefusal.nothingToFollow }
        if case .everyone = terms.eligibility, terms.holdout.value > 0 { throw ChangeRefusal.holdoutOfEveryone }
        if case .everyone = terms.eligibility, terms.depthByShopper != nil { throw ChangeRefusal.depthsOfEveryone }
        guard next.version - campaign.firstVersionInForce < Self.versionsMax else { throw ChangeRefusal.tooManyVersions }
    }

    /// What the retailer withdrew stays withdrawn, whatever version names it.
    private func without(
        _ withdrawn: Set<ExternalID>, _ resolved: ResolvedTerms, _ terms: CampaignTerms
    ) throws -> ResolvedTerms {
        let named = resolved.assortment.products.filter { withdrawn.contains($0.id) }
        guard !named.isEmpty else { return resolved }
        if terms.products.isExplicit { throw SubmitCampaign.Refusal.outsideScope(named.map { .withdrawn($0.id) }) }
        let left = resolved.assortment.without(withdrawn)
        guard !left.products.isEmpty else { throw SubmitCampaign.Refusal.noProducts }
        return ResolvedTerms(assortment: left, prices: resolved.prices)
    }

    /// The day after the offer period that runs in some store, and after all that was promised. Of a campaign that has not started
    /// nothing was shown yet: it starts so.
    private func firstDay(in tx: borrowing Transaction) throws -> BusinessDay {
        let promised = try tx.promisedThrough(campaign)
        if campaign.state == .scheduled, promised == nil { return campaign.terms.firstDay }
        let period = try tx.policy(of: campaign.retailer).offerPeriod
        let through = period.days(containing: max(today, latestDay)).upperBound
        return max(through, promised ?? through).adding(days: 1)
    }
}
