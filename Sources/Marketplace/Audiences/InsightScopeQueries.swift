import HTTPSupport
import JSONText
package import Kernel
package import Postgres
import Profiles

extension Transaction {
    /// What the supplier may ask on this day; throws where no agreement is in force.
    package func insightScope(
        of supplier: SupplierID, at retailer: RetailerID, on day: BusinessDay
    ) throws -> InsightScope {
        let agreements = try query(
            """
            SELECT insight_scope,
                ARRAY(SELECT jsonb_array_elements_text(scope -> 'brands')),
                ARRAY(SELECT jsonb_array_elements_text(scope -> 'categories')),
                ARRAY(SELECT jsonb_array_elements_text(scope -> 'products')),
                ARRAY(SELECT jsonb_array_elements_text(scope -> 'stores'))
            FROM agreement
            WHERE retailer_id = \(retailer) AND supplier_id = \(supplier) AND state = 'active'
                AND \(day) BETWEEN starts_on AND ends_on
            """
        ) { row in
            InsightScope(
                retailer: retailer, reach: try row.next(), brands: try row.next(), categories: try row.next(),
                products: try row.next(), stores: try row.next())
        }
        guard !agreements.isEmpty else { throw InsightScope.Refusal.noAgreement }
        return InsightScope(
            retailer: retailer, reach: InsightScope.widest(agreements.map(\.reach)), brands: agreements.flatMap(\.brands),
            categories: agreements.flatMap(\.categories), products: agreements.flatMap(\.products),
            stores: agreements.flatMap(\.stores))
    }

    /// Whether goods mean at least one product, and each is own: named itself, of an own brand, or, where the reach is
    /// own categories, below one of the agreement's categories or of those that own products stand in.
    func areWithin(_ scope: InsightScope, _ merchandise: Merchandise) throws -> Bool {
        let goods: SQL = merchandise.ordinals(at: scope.retailer)
        return try one(
            """
            WITH RECURSIVE \(fragment: scope.reachable)
            SELECT coalesce(bool_and(reachable.is_within), false)
            FROM (\(fragment: goods)) AS asked
            JOIN reachable ON reachable.ordinal = asked.ordinal
            """
        ) { row in try row.next() }
    }

    /// Whether the stores, those of `granted` apart, are all stores of their regions.
    func areWholeRegions(_ ids: [ExternalID], except granted: [ExternalID], at retailer: RetailerID) throws -> Bool {
        try one(
            """
            WITH asked AS (
                SELECT store_id, region
                FROM store
                WHERE retailer_id = \(retailer) AND store_id = ANY (\(ids)) AND store_id <> ALL (\(granted))
            )
            SELECT NOT EXISTS (
                SELECT FROM store
                WHERE retailer_id = \(retailer) AND region IN (SELECT region FROM asked) AND store_id <> ALL (\(ids))
            )
            """
        ) { row in try row.next() }
    }
}

extension InsightScope {
    /// `reachable (ordinal, brand_id, category_id, is_within)`: every product, and whether it may be asked about by a reach of
    /// own brands or own categories. Goes into a recursive WITH.
    var reachable: SQL {
        let ownCategories: SQL = reach == .ownCategories ? "true" : "false"
        return """
            own AS (
                SELECT ordinal, category_id
                FROM product
                WHERE retailer_id = \(retailer) AND (brand_id = ANY (\(brands)) OR product_id = ANY (\(products)))
            ), branch AS (
                SELECT category_id
                FROM category
                WHERE retailer_id = \(retailer) AND \(fragment: ownCategories) AND (
                    category_id = ANY (\(categories))
                    OR cardinality(\(categories)) = 0 AND category_id IN (SELECT category_id FROM own)
                )
                UNION
                SELECT child.category_id
                FROM category AS child
                JOIN branch ON branch.category_id = child.parent_id
                WHERE child.retailer_id = \(retailer)
            ), reachable AS (
                SELECT ordinal, brand_id, category_id,
                    ordinal IN (SELECT ordinal FROM own)
                        OR coalesce(category_id IN (SELECT category_id FROM branch), false) AS is_within
                FROM product
                WHERE retailer_id = \(retailer)
            )
            """
    }

    fileprivate static func widest(_ reaches: [Reach]) -> Reach {
        let order = Reach.allCases
        return order.last { reaches.contains($0) } ?? .ownBrands
    }
}
