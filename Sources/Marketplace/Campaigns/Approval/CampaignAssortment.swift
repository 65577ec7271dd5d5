import Kernel
import Parties

/// A product that a campaign could be about.
struct CandidateProduct: Sendable, Hashable {
    let id: ExternalID
    let ordinal: Int32
    let brand: ExternalID?
    /// Its category and every one above it.
    let categoryPath: [ExternalID]
    /// A till knows it and the catalogue does not: never discounted.
    let isStub: Bool
}

/// A store in which a campaign could run.
struct CandidateStore: Sendable, Hashable {
    let id: ExternalID
    let ordinal: Int32
    let region: ExternalID?
}

/// What of a selection may take part, by the agreement's scope. Pure: named one by one, what may not is reported; named
/// by brand or category, it is simply not meant (DOMAIN 5).
struct CampaignAssortment: Sendable, Hashable {
    let products: [CandidateProduct]
    let stores: [CandidateStore]
    /// Whether the stores are frozen: else it runs in every store of the retailer's, also in those to come.
    let namesStores: Bool
    /// Products that were named and are outside the agreement, or not in the catalogue.
    let productsOutside: [ExternalID]
    let storesOutside: [ExternalID]

    init(
        _ candidates: [CandidateProduct], _ places: [CandidateStore], of terms: CampaignTerms, within scope: AgreementScope?
    ) {
        let fitting = candidates.filter { product in
            !product.isStub
                && scope?.covers(product: product.id, brand: product.brand, categoryPath: product.categoryPath) ?? true
        }
        let open = places.filter { scope?.coversStore($0.id, region: $0.region) ?? true }
        products = fitting
        stores = open
        namesStores = terms.stores != .all || open.count < places.count
        productsOutside = terms.products.isExplicit ? Self.left(candidates.map(\.id), fitting.map(\.id)) : []
        if case .ids = terms.stores {
            storesOutside = Self.left(places.map(\.id), open.map(\.id))
        } else {
            storesOutside = []
        }
    }

    private init(_ assortment: CampaignAssortment, products: [CandidateProduct]) {
        self.products = products
        stores = assortment.stores
        namesStores = assortment.namesStores
        productsOutside = assortment.productsOutside
        storesOutside = assortment.storesOutside
    }

    func without(_ products: Set<ExternalID>) -> CampaignAssortment {
        CampaignAssortment(self, products: self.products.filter { !products.contains($0.id) })
    }

    private static func left(_ all: [ExternalID], _ fitting: [ExternalID]) -> [ExternalID] {
        let kept = Set(fitting)
        return all.filter { !kept.contains($0) }.sorted()
    }
}
