import Campaigns
import Catalogue
import Kernel
import Parties
import Postgres

/// A campaign's product that a shopper may be shown, before it is known what it is called.
struct Candidate: Sendable {
    let campaign: RunningCampaign
    let product: Int32
    let price: OfferPrice?

    /// The discount on a unit, fees apart, in minor units; 0 where it depends on what is bought with it.
    var pieceMinor: Int64 { price.map { $0.isOfUnit ? $0.discountMinor : 0 } ?? 0 }

    var rank: OfferRank {
        OfferRank(
            discountMinor: price?.discountMinor ?? -1, launchedAt: campaign.launchedAt, campaign: campaign.id, product: product)
    }
}

extension RunningCampaign {
    /// Whether it is shown at a place and time of the wall clock there.
    func isOpen(at local: Instant, inStore store: Int32?) -> Bool {
        guard state == .running, startsAtLocal <= local, local < endsAtLocal else { return false }
        guard let stores else { return true }
        return store.map(stores.contains) ?? !stores.isEmpty
    }
}

extension Transaction {
    /// What campaigns give at a place: at today's prices of its store, or of each campaign's first store.
    func candidates(
        of campaigns: [RunningCampaign], at place: OfferPlace, without hidden: Set<Int32>, _ policy: Policy,
        of retailer: RetailerID
    ) throws -> [Candidate] {
        let stores = try place.store.map { [$0] } ?? showcaseStores(of: retailer, on: place.today)
        let byStore = Dictionary(grouping: campaigns) { campaign in
            stores.first { campaign.stores?.contains($0) ?? true }
        }
        return try byStore.flatMap { store, campaigns in
            try candidates(of: campaigns, inStore: store, without: hidden, policy, on: place.today, at: retailer)
        }
    }

    /// What campaigns give at the prices of a store on a day; without a store, at those that were recorded.
    func candidates(
        of campaigns: [RunningCampaign], inStore store: Int32?, without hidden: Set<Int32>, _ policy: Policy,
        on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Candidate] {
        let products = Set(campaigns.flatMap(\.products.keys)).subtracting(hidden).sorted()
        let prices = try store.map { try pricesInForce(of: products, inStore: $0, on: day, at: retailer) } ?? [:]
        let minimums = try store.map { try minimumPrices(of: products, inStores: [$0], on: day, at: retailer) } ?? [:]
        return campaigns.flatMap { $0.candidates(without: hidden, prices, minimums, policy) }
    }
}

extension RunningCampaign {
    /// Its products that get cheaper by it; one that does not is no offer.
    fileprivate func candidates(
        without hidden: Set<Int32>, _ prices: [Int32: PricesInForce], _ minimums: [Int32: Int64], _ policy: Policy
    ) -> [Candidate] {
        products.compactMap { product, terms in
            guard !hidden.contains(product) else { return nil }
            let rules = RewardAmount.Rules(
                priceStepMinor: policy.priceStepMinor, minimumUnitPriceMinor: minimums[product],
                clipsAtMinimum: policy.belowMinimumPrice == .clip)
            do throws(RewardAmount.Nothing) {
                let price = try OfferPrice(of: prices[product] ?? PricesInForce(), reward: reward, terms: terms, rules: rules)
                return Candidate(campaign: self, product: product, price: price)
            } catch {
                return nil
            }
        }
    }
}
