import Audiences
import Catalogue
import JSONText
import Kernel
import Parties
import Postgres
import Profiles

/// Works out what a campaign is expected to do and keeps it. A supplier's rests on the secret sample alone, with the number
/// of shoppers that the audiences tell it (`SupplierView`); the retailer's is exact, and for the retailer alone.
struct MakeForecast: Sendable {
    let authority: CampaignAuthority
    let id: CampaignID
    /// What a supplier may know; nil: all.
    let told: ToldAudience?

    enum Refusal: Kernel.Refusal, Hashable {
        case nothingToForecast
        case unknownAudience
        case finished(CampaignState)

        var problem: Problem {
            switch self {
            case .nothingToForecast:
                Problem(409, "nothing_to_forecast", "No product of the campaign that may take part has a price.")
            case .unknownAudience: SubmitCampaign.Refusal.unknownAudience.problem
            case .finished(let state):
                Problem(
                    409, "wrong_state", "The thing's state does not allow this.",
                    detail: "forecast: the campaign is \(state.rawValue).")
            }
        }
    }

    func run(in tx: borrowing Transaction, by author: Author) throws -> StoredForecast {
        guard let campaign = try tx.campaign(id, of: authority.retailer, supplier: authority.supplier) else {
            throw Problem.notFound("campaign")
        }
        guard campaign.state.isForecast else { throw Refusal.finished(campaign.state) }
        let now = author.world.now()
        let moment = try tx.profileMoment(of: authority.retailer, at: now).sampled(by: told?.sample)
        let (products, withoutPrice, stores) = try products(of: campaign, in: tx)
        guard !products.isEmpty else { throw Refusal.nothingToForecast }
        let input = try input(campaign, products, on: moment, in: tx)
        let days = campaign.terms.daysLeft(on: moment.today)
        let plan = ForecastPlan(
            firstDay: campaign.terms.lastDay.adding(days: 1 - days), days: days, budget: campaign.terms.budget,
            fee: try fee(of: campaign, in: tx), holdout: campaign.terms.holdout, limits: campaign.terms.limits,
            isPersonal: campaign.terms.eligibility != .everyone,
            spendMaxMinor: campaign.terms.pacing?.spendMax(days: days, stores: stores),
            isEven: campaign.terms.pacing?.isEven ?? false)
        let forecast = ForecastModel(input, plan).forecast
        let stored = StoredForecast(
            id: author.world.newID(), campaign: campaign.id, version: campaign.version, asOf: moment.asOf,
            windowDays: moment.windowDays, madeAt: now, isExact: told == nil, products: products, withoutPrice: withoutPrice,
            forecast: told == nil ? forecast : forecast.withoutDepths)
        try tx.insert(stored, of: campaign)
        return stored
    }

    /// Without named wallets the supplier's pays alone; one that was not opened yet hides no forecast.
    private func fee(of campaign: Campaign, in tx: borrowing Transaction) throws -> ForecastFee {
        let plan = campaign.terms.funding
        guard !plan.parts.isEmpty else {
            return ForecastFee(rate: campaign.fee, supplierShare: BasisPoints(stored: BasisPoints.whole))
        }
        let wallets = try tx.fundingWallets(of: campaign)
        return ForecastFee(rate: campaign.fee, supplierShare: plan.supplierShare(suppliersOwn: wallets.suppliersOwn))
    }

    private func products(
        of campaign: Campaign, in tx: borrowing Transaction
    ) throws -> ([ForecastProduct], withoutPrice: Int, stores: Int) {
        let terms = campaign.terms
        let scope = try campaign.agreement.flatMap { try tx.agreement($0, of: campaign.retailer)?.scope }
        let assortment = CampaignAssortment(
            try tx.candidates(terms.products, of: campaign.retailer, limit: SubmitCampaign.productsMax),
            try tx.candidates(terms.stores, of: campaign.retailer), of: terms, within: scope)
        let base = try tx.basePrices(
            of: assortment.products.map(\.ordinal), inStores: assortment.stores.map(\.ordinal), on: terms.firstDay,
            at: campaign.retailer)
        guard let reward = PriceCheck.unitReward(of: terms.reward, for: assortment.products, base: base) else {
            return ([], assortment.products.count, assortment.stores.count)
        }
        let priced = assortment.products.compactMap { product in
            base[product.ordinal].map { ForecastProduct(product, at: $0, reward, terms.discountMaxPerUnitMinor) }
        }
        return (priced, assortment.products.count - priced.count, assortment.stores.count)
    }

    private func input(
        _ campaign: Campaign, _ products: [ForecastProduct], on moment: ProfileMoment, in tx: borrowing Transaction
    ) throws -> ForecastInput {
        let members = try members(of: campaign, on: moment, in: tx)
        let everybody = try tx.count(of: .everybody, on: moment) * moment.weight
        let ordinals = products.map(\.ordinal)
        let shares = try shares(campaign, among: members, products: ordinals, on: moment, in: tx)
        let sales = try tx.forecastSales(of: ordinals, by: members, on: moment)
        let visits = try tx.forecastVisits(
            of: members, products: ordinals, days: campaign.terms.daysLeft(on: moment.today), on: moment)
        let input = ForecastInput(
            products: products.map { product in
                ForecastInput.Product(
                    ordinal: product.ordinal, audienceUnits: sales.audience[product.ordinal] ?? 0,
                    allUnits: sales.all[product.ordinal] ?? 0,
                    given: product.given(shares, discountMax: campaign.terms.discountMaxPerUnitMinor))
            }, shoppers: members.map { Int64($0.count) * moment.weight } ?? everybody, visitors: visits.visitors,
            buyers: visits.buyers, everybody: everybody, audienceCategoryUnits: sales.audienceTotal,
            allCategoryUnits: sales.allTotal,
            windowDays: moment.windowDays, weight: moment.weight)
        return told.map { input.told($0.shoppers) } ?? input
    }

    /// Nil where all get the same.
    private func shares(
        _ campaign: Campaign, among members: [Int64]?, products: [Int32], on moment: ProfileMoment, in tx: borrowing Transaction
    ) throws -> DepthShares? {
        guard let terms = campaign.terms.depthByShopper, let members else { return nil }
        return try tx.depthShares(of: terms, among: members, products: products, on: moment, knowsCosts: told == nil)
    }

    /// Nil: everybody.
    private func members(
        of campaign: Campaign, on moment: ProfileMoment, in tx: borrowing Transaction
    ) throws -> [Int64]? {
        guard case .audience(let choice) = campaign.terms.eligibility else { return nil }
        guard let audience = try tx.audience(choice.audience, of: campaign.retailer), audience.supplier == campaign.supplier,
            let predicate = try tx.predicate(of: choice.audience, version: choice.version, at: campaign.retailer)
        else { throw Refusal.unknownAudience }
        return try tx.members(of: predicate, on: moment)
    }
}

/// An audience as a supplier may know it.
struct ToldAudience: Sendable {
    let shoppers: Int64
    /// Whom everything else is computed from; nil: everybody.
    let sample: ShopperSample?
}

extension CampaignTerms {
    /// The days on which it would run, were it launched on `today`: what may start late may have missed some.
    fileprivate func daysLeft(on today: BusinessDay) -> Int32 {
        guard startsLate, firstDay < today else { return days }
        return max(1, lastDay.daysSince1970 - today.daysSince1970 + 1)
    }
}

extension ForecastProduct {
    fileprivate init(_ product: CandidateProduct, at base: Int64, _ reward: Reward, _ discountMax: Int64?) {
        id = product.id
        ordinal = product.ordinal
        baseMinor = base
        discountMinor = min(reward.discount(atBase: base), discountMax ?? reward.defaultDiscountMax(atBase: base))
        depth = reward.depth(atBase: base)
    }

    /// The discount of the campaign, or one for each of its depths.
    fileprivate func given(_ shares: DepthShares?, discountMax: Int64?) -> [ForecastInput.Given] {
        guard let shares else { return [ForecastInput.Given(discountPerUnit: discountMinor, depth: depth)] }
        return shares.parts.map { part in
            let reward = Reward.percentOff(part.depth)
            return ForecastInput.Given(
                share: part.share,
                discountPerUnit: min(reward.discount(atBase: baseMinor), discountMax ?? .max), depth: part.depth)
        }
    }
}

extension ForecastInput {
    /// The same audience by the number of shoppers that somebody may know of it.
    func told(_ number: Int64) -> ForecastInput {
        var input = self
        input.visitors = shoppers > 0 ? Int64(Int128(visitors) * Int128(number) / Int128(shoppers)) : 0
        input.shoppers = number
        return input
    }
}

extension CampaignState {
    /// Before it runs, what it will do is a question.
    fileprivate var isForecast: Bool {
        switch self {
        case .draft, .submitted, .changesRequested, .approved, .scheduled: true
        default: false
        }
    }
}
