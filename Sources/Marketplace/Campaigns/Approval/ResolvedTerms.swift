import Audiences
import Catalogue
import Kernel
import Parties
import Postgres

/// What a campaign's terms name: products and stores within the agreement's scope, judged at the prices of a day.
struct ResolvedTerms: Sendable {
    let assortment: CampaignAssortment
    let prices: PriceCheck
}

extension Transaction {
    /// Refuses what may not take part, and a reward that is not allowed at these prices. `stores`: those of a launched campaign, which
    /// stay; nil: those that the terms name.
    func resolve(
        _ terms: CampaignTerms, under agreement: Agreement?, on day: BusinessDay, inStores stores: [Int32]? = nil,
        at retailer: RetailerID
    ) throws -> ResolvedTerms {
        let assortment = try assortment(of: terms, within: agreement?.scope, keepingStores: stores != nil, at: retailer)
        let (products, places) = (assortment.products.map(\.ordinal), stores ?? assortment.stores.map(\.ordinal))
        let base = try basePrices(of: products, inStores: places, on: day, at: retailer)
        guard let reward = PriceCheck.unitReward(of: terms.reward, for: assortment.products, base: base) else {
            throw SubmitCampaign.Refusal.priceUnknown
        }
        let prices = PriceCheck(
            reward: reward, leastReward: terms.depthByShopper.map { .percentOff($0.least) },
            discountMax: terms.discountMaxPerUnitMinor, depthMax: agreement?.depthMax, base: base,
            minimum: try minimumPrices(of: products, inStores: places, on: day, at: retailer)
        ).ofSet(terms.reward, assortment.products)
        if let fault = prices.fault(of: products) { throw fault }
        return ResolvedTerms(assortment: assortment, prices: prices)
    }

    private func assortment(
        of terms: CampaignTerms, within scope: AgreementScope?, keepingStores: Bool, at retailer: RetailerID
    ) throws -> CampaignAssortment {
        let products = try candidates(terms.products, of: retailer, limit: SubmitCampaign.productsMax + 1)
        guard products.count <= SubmitCampaign.productsMax else { throw SubmitCampaign.Refusal.tooManyProducts }
        let stores = try candidates(terms.stores, of: retailer)
        let assortment = CampaignAssortment(products, stores, of: terms, within: scope)
        let strangers = try unknownNames(terms, products, keepingStores ? nil : stores, at: retailer)
        let storesOutside = keepingStores ? [] : assortment.storesOutside
        let outside = strangers + assortment.productsOutside.map { .product($0) } + storesOutside.map { .store($0) }
        guard outside.isEmpty else { throw SubmitCampaign.Refusal.outsideScope(outside) }
        guard !assortment.products.isEmpty else { throw SubmitCampaign.Refusal.noProducts }
        guard keepingStores || !assortment.stores.isEmpty else { throw SubmitCampaign.Refusal.noStores }
        return assortment
    }

    /// What was named and is not in the catalogue.
    private func unknownNames(
        _ terms: CampaignTerms, _ products: [CandidateProduct], _ stores: [CandidateStore]?, at retailer: RetailerID
    ) throws -> [OutsideName] {
        var unknown: [OutsideName] = []
        switch terms.products {
        case .ids(let ids): unknown += Set(ids).subtracting(products.map(\.id)).sorted().map { .product($0) }
        case .gtins(let gtins): unknown += try unknownGTINs(gtins, of: retailer).map { .gtin($0) }
        case .brands, .categories: break
        }
        if let stores, case .ids(let ids) = terms.stores {
            unknown += Set(ids).subtracting(stores.map(\.id)).sorted().map { .store($0) }
        }
        return unknown
    }

    /// Whether a campaign's audience is its owner's; of a supplier's campaign, whether it holds the privacy floor, as the audiences said.
    func checkAudience(of campaign: Campaign, isLargeEnough: Bool) throws {
        guard case .audience(let choice) = campaign.terms.eligibility else { return }
        guard let audience = try audience(choice.audience, of: campaign.retailer), audience.supplier == campaign.supplier,
            try predicate(of: choice.audience, version: choice.version, at: campaign.retailer) != nil
        else { throw SubmitCampaign.Refusal.unknownAudience }
        guard campaign.supplier == nil || isLargeEnough else { throw SubmitCampaign.Refusal.audienceBelowFloor }
    }

    /// A whole campaign as automatic approval judges it. `stores`: nil where it runs in all.
    func proposal(
        of campaign: Campaign, _ resolved: ResolvedTerms, inStores stores: Set<ExternalID>?
    ) throws -> AutoApproval.Proposal {
        let (products, prices) = (resolved.assortment.products, resolved.prices)
        let depths = products.compactMap { prices.base[$0.ordinal].map { prices.reward.depth(atBase: $0) } }
        return AutoApproval.Proposal(
            budget: campaign.terms.budgetMax, depth: depths.max() ?? prices.reward.depth(atBase: 1), days: campaign.terms.days,
            categoryPaths: products.map(\.categoryPath), stores: stores,
            overlapping: try overlapping(campaign, on: products.map(\.ordinal)))
    }
}
