package import HTTPSupport
package import JSONText
package import Kernel

/// Which products a campaign is about, as its author named them; resolved to products at submit (DOMAIN 5).
package enum ProductSelection: Hashable, Sendable {
    case ids([ExternalID])
    case gtins([String])
    case brands([ExternalID])
    case categories([ExternalID])

    package static let namesMax = 2_000

    private static let words = ["ids", "gtins", "brands", "categories"]

    /// Whether each product was named one by one: then one that cannot take part is refused and not left out.
    package var isExplicit: Bool {
        switch self {
        case .ids, .gtins: true
        case .brands, .categories: false
        }
    }
}

extension ProductSelection: JSONWritable {
    /// Reads exactly one of `ids`, `gtins`, `brands`, `categories`.
    package init(_ fields: Fields) {
        let given = Self.words.filter { fields.has($0) }
        for other in given.dropFirst() { fields.refuse(other, "one_only", "Only one of ids, gtins, brands, categories.") }
        switch given.first {
        case "gtins": self = .gtins(fields.names("gtins", max: Self.namesMax).map(\.text))
        case "brands": self = .brands(fields.names("brands", max: Self.namesMax))
        case "categories": self = .categories(fields.names("categories", max: Self.namesMax))
        default: self = .ids(fields.names("ids", max: Self.namesMax))
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .ids(let ids): json.field("ids", ids)
            case .gtins(let gtins): json.field("gtins", gtins)
            case .brands(let ids): json.field("brands", ids)
            case .categories(let ids): json.field("categories", ids)
            }
        }
    }
}

/// Where a campaign runs, as its author named it.
package enum StoreSelection: Hashable, Sendable {
    /// Every store of the agreement's scope; of the retailer, for its own campaigns.
    case all
    case ids([ExternalID])
    case regions([ExternalID])
}

extension StoreSelection: JSONWritable {
    /// `{"all": true}`, `{"ids": [...]}` or `{"regions": [...]}`.
    package init(_ fields: Fields) {
        let given = ["all", "ids", "regions"].filter { fields.has($0) }
        for other in given.dropFirst() { fields.refuse(other, "one_only", "Only one of all, ids, regions.") }
        switch given.first {
        case "ids": self = .ids(fields.names("ids", max: ProductSelection.namesMax))
        case "regions": self = .regions(fields.names("regions", max: ProductSelection.namesMax))
        default:
            if !fields.bool("all") { fields.refuse("all", "must_be_true", "Is true, or ids or regions are named.") }
            self = .all
        }
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .all: json.field("all", true)
            case .ids(let ids): json.field("ids", ids)
            case .regions(let regions): json.field("regions", regions)
            }
        }
    }
}

extension Fields {
    /// 1 to `max` of the retailer's ids, sorted, each once.
    func names(_ name: String, max: Int) -> [ExternalID] {
        guard let value = requiredValue(name) else { return [] }
        let ids = externalIDsIfPresent(name, max: max) ?? []
        if value == .array([]) { refuse(name, "bad_length", "Must have 1 to \(max) elements.") }
        return Set(ids).sorted()
    }
}
