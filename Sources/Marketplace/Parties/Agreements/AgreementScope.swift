package import HTTPSupport
package import JSONText
package import Kernel

/// What an agreement is about: (brands or lists of products) x (categories) x (stores or regions), minus exclusions.
/// A dimension that is nil is not narrowed; brands and products, or stores and regions, add up where both are given.
/// An exclusion wins over everything.
package struct AgreementScope: Sendable, Hashable {
    package static let idsMax = 2_000

    package var brands: Set<ExternalID>?
    package var products: Set<ExternalID>?
    package var categories: Set<ExternalID>?
    package var stores: Set<ExternalID>?
    package var regions: Set<ExternalID>?
    package var exclusions = Exclusions()

    /// What is left out, whatever is named elsewhere.
    package struct Exclusions: Sendable, Hashable {
        package var brands: Set<ExternalID> = []
        package var products: Set<ExternalID> = []
        package var categories: Set<ExternalID> = []
        package var stores: Set<ExternalID> = []
        package var regions: Set<ExternalID> = []

        package init() {}
    }

    package init() {}

    /// Whether a product is in scope. `categoryPath` holds the ids of its category and of all categories above it.
    package func covers(product: ExternalID, brand: ExternalID?, categoryPath: [ExternalID]) -> Bool {
        guard !exclusions.products.contains(product), !(brand.map(exclusions.brands.contains) ?? false),
            exclusions.categories.isDisjoint(with: categoryPath)
        else { return false }
        if let categories, categories.isDisjoint(with: categoryPath) { return false }
        guard brands != nil || products != nil else { return true }
        return products?.contains(product) ?? false || brand.map { brands?.contains($0) ?? false } ?? false
    }

    /// Whether a store is in scope. `region` is nil where the store has none.
    package func coversStore(_ store: ExternalID, region: ExternalID?) -> Bool {
        guard !exclusions.stores.contains(store), !(region.map(exclusions.regions.contains) ?? false) else { return false }
        guard stores != nil || regions != nil else { return true }
        return stores?.contains(store) ?? false || region.map { regions?.contains($0) ?? false } ?? false
    }
}

extension AgreementScope {
    package init(_ fields: Fields) {
        brands = fields.idSetIfPresent("brands")
        products = fields.idSetIfPresent("products")
        categories = fields.idSetIfPresent("categories")
        stores = fields.idSetIfPresent("stores")
        regions = fields.idSetIfPresent("regions")
        exclusions = fields.objectIfPresent("exclusions", Exclusions.init) ?? Exclusions()
    }
}

extension AgreementScope.Exclusions {
    package init(_ fields: Fields) {
        brands = fields.idSetIfPresent("brands") ?? []
        products = fields.idSetIfPresent("products") ?? []
        categories = fields.idSetIfPresent("categories") ?? []
        stores = fields.idSetIfPresent("stores") ?? []
        regions = fields.idSetIfPresent("regions") ?? []
    }
}

extension AgreementScope: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.fieldIfPresent("brands", brands?.sorted())
            json.fieldIfPresent("products", products?.sorted())
            json.fieldIfPresent("categories", categories?.sorted())
            json.fieldIfPresent("stores", stores?.sorted())
            json.fieldIfPresent("regions", regions?.sorted())
            if exclusions != Exclusions() { json.field("exclusions", exclusions) }
        }
    }
}

extension AgreementScope.Exclusions: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            let dimensions = [
                ("brands", brands), ("products", products), ("categories", categories), ("stores", stores), ("regions", regions),
            ]
            for (name, ids) in dimensions where !ids.isEmpty { json.field(name, ids.sorted()) }
        }
    }
}

extension Fields {
    /// A set of the retailer's ids that is absent or has at least one: an empty one could be read as all or as nothing.
    func idSetIfPresent(_ name: String) -> Set<ExternalID>? {
        guard let ids = externalIDsIfPresent(name, max: AgreementScope.idsMax) else { return nil }
        if ids.isEmpty { refuse(name, "bad_length", "Must have 1 to \(AgreementScope.idsMax) elements, or be left out.") }
        return Set(ids)
    }
}
