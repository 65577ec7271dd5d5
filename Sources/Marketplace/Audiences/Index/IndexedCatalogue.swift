import Kernel
import Profiles

/// Which products a brand or a category has, as the index was built.
struct IndexedCatalogue: Sendable {
    private var products: [ExternalID: Int32] = [:]
    private var byBrand: [ExternalID: [Int32]] = [:]
    private var byCategory: [ExternalID: [Int32]] = [:]
    private var children: [ExternalID: [ExternalID]] = [:]

    init() {}

    mutating func add(product: ExternalID, ordinal: Int32, brand: ExternalID?, category: ExternalID?) {
        products[product] = ordinal
        if let brand { byBrand[brand, default: []].append(ordinal) }
        if let category { byCategory[category, default: []].append(ordinal) }
    }

    mutating func add(category: ExternalID, parent: ExternalID?) {
        if let parent { children[parent, default: []].append(category) }
    }

    /// The ordinals of these goods, rising; a category means everything below it.
    func ordinals(of goods: Merchandise) -> [Int32] {
        switch goods {
        case .products(let ids): ids.compactMap { products[$0] }.sorted()
        case .brands(let ids): ids.flatMap { byBrand[$0] ?? [] }.sorted()
        case .categories(let ids): branches(from: ids).flatMap { byCategory[$0] ?? [] }.sorted()
        }
    }

    private func branches(from ids: [ExternalID]) -> Set<ExternalID> {
        var (found, open) = (Set<ExternalID>(), ids)
        while let next = open.popLast() {
            if found.insert(next).inserted { open += children[next] ?? [] }
        }
        return found
    }
}
