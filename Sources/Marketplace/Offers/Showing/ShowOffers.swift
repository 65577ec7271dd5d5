import Campaigns
import Catalogue
import HTTPSupport
import Kernel
import Parties
import Postgres
import Shoppers

/// The offers of one shopper: what was promised to them, and what is open to everyone. Nothing is decided here: grants are
/// made for each period, so that looking makes no new promise. A shopper whom nobody knows sees what is open.
struct ShowOffers: Sendable {
    let retailer: RetailerID
    let question: OfferQuestion

    enum Refusal: Kernel.Refusal {
        case unknownStore, unknownCategory

        var problem: Problem {
            switch self {
            case .unknownStore:
                .invalid([FieldProblem(pointer: "?store_id", code: "unknown_store", detail: "There is no such store.")])
            case .unknownCategory:
                .invalid([
                    FieldProblem(pointer: "?category_id", code: "unknown_category", detail: "There is no such category.")
                ])
            }
        }
    }

    func run(for shopper: ExternalID, in tx: borrowing Transaction, at now: Instant) throws -> OfferList {
        guard let retailer = try tx.retailer(retailer) else { throw Problem.notFound("retailer") }
        guard let place = try tx.offerPlace(question.store, of: retailer.id, at: now) else { throw Refusal.unknownStore }
        let key = try tx.shopperKeys(for: [shopper], of: retailer.id, creating: false, at: now)[shopper]
        let promises = try key.map { try tx.promises(to: $0, on: place.today, of: retailer.id) } ?? [:]
        let policy = try tx.policy(of: retailer.id)
        let funded = try fundedCampaigns(promises, at: place, policy, in: tx)
        let candidates = try candidates(of: funded.map(\.campaign), for: key, at: place, policy, in: tx)
        let shown = try wanted(try payable(candidates, by: funded, in: tx), in: tx)
            .sorted { $0.rank < $1.rank }.filter { candidate in question.after.map { $0 < candidate.rank } ?? true }
        let page = Array(shown.prefix(question.limit))
        return OfferList(
            offers: try offers(page, promises, for: key, at: place, of: retailer, in: tx),
            next: shown.count > page.count ? page.last?.rank : nil)
    }

    /// Those of the category that is asked for.
    private func wanted(_ candidates: [Candidate], in tx: borrowing Transaction) throws -> [Candidate] {
        guard let category = question.category else { return candidates }
        guard let products = try tx.products(Set(candidates.map(\.product)), within: category, of: retailer) else {
            throw Refusal.unknownCategory
        }
        return candidates.filter { products.contains($0.product) }
    }

    /// A campaign at the shopper's depth, and the largest discount on a piece that its money still pays.
    private struct Funded {
        let campaign: RunningCampaign
        let pieceMaxMinor: Int64
    }

    private func fundedCampaigns(
        _ promises: [CampaignID: Promise], at place: OfferPlace, _ policy: Policy, in tx: borrowing Transaction
    ) throws -> [Funded] {
        let open = try tx.runningCampaigns(of: retailer).map { $0.asOf(place.today) }.filter { campaign in
            campaign.isOpen(at: place.local, inStore: place.store)
                && (campaign.isForEveryone || promises[campaign.id] != nil)
        }
        let budgets = try tx.budgets(of: open.map(\.id), at: retailer)
        let exhausted = try tx.exhausted(of: open, budgets, policy.exhaustedShare, at: retailer)
        return open.filter { !exhausted.contains($0.id) }.map { campaign in
            Funded(
                campaign: campaign.atDepth(promises[campaign.id]?.depthBP ?? 0),
                pieceMaxMinor: campaign.discountMax(payableFrom: budgets[campaign.id]?.rest ?? [], policy.exhaustedShare))
        }
    }

    /// Those of which the campaign's money still pays for a piece: another of its products, or another depth, may be cheaper.
    /// What is weighed is left in: less of it may be paid.
    private func payable(
        _ candidates: [Candidate], by funded: [Funded], in tx: borrowing Transaction
    ) throws -> [Candidate] {
        let pieceMax = Dictionary(uniqueKeysWithValues: funded.map { ($0.campaign.id, $0.pieceMaxMinor) })
        let short = candidates.filter { $0.pieceMinor > pieceMax[$0.campaign.id] ?? 0 }
        guard !short.isEmpty else { return candidates }
        let pieces = try tx.pieces(among: short.map(\.product), of: retailer)
        return candidates.filter { $0.pieceMinor <= pieceMax[$0.campaign.id] ?? 0 || !pieces.contains($0.product) }
    }

    private func candidates(
        of campaigns: [RunningCampaign], for shopper: ShopperKey?, at place: OfferPlace, _ policy: Policy,
        in tx: borrowing Transaction
    ) throws -> [Candidate] {
        let hidden = try hiddenProducts(of: campaigns, for: shopper, in: tx)
        return try tx.candidates(of: campaigns, at: place, without: hidden, policy, of: retailer)
    }

    /// Who is not known to be an adult is shown nothing for adults, also of what is open.
    private func hiddenProducts(
        of campaigns: [RunningCampaign], for shopper: ShopperKey?, in tx: borrowing Transaction
    ) throws -> Set<Int32> {
        if let shopper, try tx.isAdult(shopper, of: retailer) { return [] }
        return try tx.adultProducts(among: Array(Set(campaigns.flatMap(\.products.keys))), of: retailer)
    }

    private func offers(
        _ candidates: [Candidate], _ promises: [CampaignID: Promise], for shopper: ShopperKey?, at place: OfferPlace,
        of retailer: Retailer, in tx: borrowing Transaction
    ) throws -> [Offer] {
        let campaigns = Dictionary(candidates.map { ($0.campaign.id, $0.campaign) }) { first, _ in first }
        let ids = campaigns.keys.sorted()
        // What an open campaign is about may end before the campaign does.
        let contents = try tx.offerContents(
            of: ids.map { ($0, promises[$0]?.endsOn ?? campaigns[$0]?.lastDayOfVersion(on: place.today)) }, in: place,
            at: retailer.id)
        let counted = try tx.countedLimits(of: ids, for: shopper, at: retailer.id)
        let needy = campaigns.values.filter(\.needsActivation).map(\.id)
        let activated = try tx.activated(by: shopper, among: needy, of: retailer.id)
        let names = try tx.productNames(candidates.map(\.product), of: retailer.id)
        return candidates.compactMap { candidate in
            let campaign = candidate.campaign
            guard let content = contents[campaign.id], let product = names[candidate.product] else { return nil }
            return Offer(
                candidate, content, product, for: question.reader, of: retailer,
                limits: LimitsLeft(campaign.limits, counted: counted[campaign.id] ?? [], on: place.today),
                activation: OfferActivation(of: campaign, activated: activated))
        }
    }
}

extension Offer {
    init(
        _ candidate: Candidate, _ content: OfferContent, _ product: (id: ExternalID, name: String),
        for reader: LanguagePreferences, of retailer: Retailer, limits: LimitsLeft, activation: OfferActivation
    ) {
        let campaign = candidate.campaign
        self.init(
            campaign: campaign.id, launchedAt: campaign.launchedAt, fundedBy: content.fundedBy,
            words: OfferWords(content.presentation, content.fundedBy, for: reader, retailer: retailer.language),
            product: product.id, productName: product.name, asset: retailer.asset, price: candidate.price,
            basketReward: campaign.reward.basket, how: campaign.reward.basket?.words(for: reader, retailer: retailer.language),
            limits: limits, activation: activation, validUntil: content.validUntil)
    }
}
