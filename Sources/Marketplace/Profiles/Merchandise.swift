package import HTTPSupport
package import JSONText
package import Kernel
package import Postgres

/// Goods that a rule is about: products, or all products of brands, or of categories with everything below them. The
/// ids are sorted and each stands once.
package enum Merchandise: Hashable, Sendable {
    case products([ExternalID])
    case brands([ExternalID])
    case categories([ExternalID])

    package static let idsMax = 1000

    private static let words = ["products", "brands", "categories"]

    /// Reads exactly one of `products`, `brands` and `categories`.
    package init(_ fields: Fields) {
        let given = Self.words.filter { fields.has($0) }
        guard let word = given.first else {
            fields.refuseWhole("required", "Needs products, brands or categories.")
            self = .products([])
            return
        }
        for other in given.dropFirst() { fields.refuse(other, "one_only", "Only one of products, brands, categories.") }
        let ids = fields.sortedIDs(word, max: Self.idsMax)
        switch word {
        case "products": self = .products(ids)
        case "brands": self = .brands(ids)
        default: self = .categories(ids)
        }
    }

    package func writeMember(to json: inout JSONWriter) {
        switch self {
        case .products(let ids): json.field("products", ids)
        case .brands(let ids): json.field("brands", ids)
        case .categories(let ids): json.field("categories", ids)
        }
    }

    /// SELECT of the ordinals of these products.
    package func ordinals(at retailer: RetailerID) -> SQL {
        switch self {
        case .products(let ids):
            """
            SELECT ordinal FROM product WHERE retailer_id = \(retailer) AND product_id = ANY (\(ids))
            """
        case .brands(let ids):
            """
            SELECT ordinal FROM product WHERE retailer_id = \(retailer) AND brand_id = ANY (\(ids))
            """
        case .categories(let ids):
            """
            WITH RECURSIVE branch AS (
                SELECT category_id FROM category WHERE retailer_id = \(retailer) AND category_id = ANY (\(ids))
                UNION
                SELECT child.category_id
                FROM category AS child
                JOIN branch ON branch.category_id = child.parent_id
                WHERE child.retailer_id = \(retailer)
            )
            SELECT product.ordinal
            FROM product
            JOIN branch ON branch.category_id = product.category_id
            WHERE product.retailer_id = \(retailer)
            """
        }
    }

    /// SELECT of the shoppers who kept such goods from so many receipts; wants the relation `item`.
    ///
    /// `IS TRUE` keeps the goods a set that is hashed once. As a join they are found anew for each line wherever the planner
    /// knows too little of a retailer: right after its first import a question over 1 066 receipts took a minute.
    package func buyers(
        at retailer: RetailerID, from first: BusinessDay, through last: BusinessDay, minReceipts: Int32
    ) -> SQL {
        """
        SELECT shopper_key
        FROM item
        WHERE day BETWEEN \(first) AND \(last) AND (product_ordinal IN (\(fragment: ordinals(at: retailer)))) IS TRUE
        GROUP BY shopper_key
        HAVING count(DISTINCT ticket_id) >= \(minReceipts)
        """
    }
}

extension Fields {
    /// 1 to `max` ids of the retailer's, sorted, each once.
    package func sortedIDs(_ name: String, max: Int) -> [ExternalID] {
        guard has(name) else {
            refuse(name, "required", "Is required.")
            return []
        }
        let ids = externalIDsIfPresent(name, max: max) ?? []
        if value(name) == .array([]) { refuse(name, "bad_length", "Must have 1 to \(max) elements.") }
        return Set(ids).sorted()
    }
}
