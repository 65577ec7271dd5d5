import Catalogue
import Kernel
import Postgres

extension Transaction {
    /// The products that a selection names, at most `limit`, by id. Served by the catalogue's indexes on each kind of name.
    func candidates(_ selection: ProductSelection, of retailer: RetailerID, limit: Int) throws -> [CandidateProduct] {
        let named: SQL =
            switch selection {
            case .ids(let ids): "product.product_id = ANY (\(ids))"
            case .gtins(let gtins):
                """
                product.product_id IN (
                    SELECT product_id FROM product_gtin WHERE retailer_id = \(retailer) AND gtin = ANY (\(gtins))
                )
                """
            case .brands(let ids): "product.brand_id = ANY (\(ids))"
            case .categories(let ids): "product.category_id = ANY (\(try categories(under: ids, of: retailer)))"
            }
        let tree = try categoryTree(of: retailer)
        return try query(
            """
            SELECT product.product_id, product.ordinal, product.brand_id, product.category_id, product.is_stub
            FROM product
            WHERE product.retailer_id = \(retailer) AND \(fragment: named)
            ORDER BY product.product_id
            LIMIT \(limit)
            """
        ) { row in
            let (id, ordinal, brand) = (
                try row.next(ExternalID.self), try row.next(Int32.self), try row.nextOptional(ExternalID.self)
            )
            let category = try row.nextOptional(ExternalID.self)
            return CandidateProduct(
                id: id, ordinal: ordinal, brand: brand, categoryPath: category.map { tree.path(from: $0) } ?? [],
                isStub: try row.next())
        }
    }

    /// Which of these numbers no product carries.
    func unknownGTINs(_ gtins: [String], of retailer: RetailerID) throws -> [String] {
        try query(
            """
            SELECT asked.gtin
            FROM unnest(\(gtins)) AS asked (gtin)
            WHERE NOT EXISTS (
                SELECT FROM product_gtin WHERE product_gtin.retailer_id = \(retailer) AND product_gtin.gtin = asked.gtin
            )
            ORDER BY asked.gtin
            """
        ) { row in try row.next() }
    }

    /// The open stores that a selection names.
    func candidates(_ selection: StoreSelection, of retailer: RetailerID) throws -> [CandidateStore] {
        let named: SQL =
            switch selection {
            case .all: "closed_on IS NULL"
            case .ids(let ids): "store_id = ANY (\(ids))"
            case .regions(let regions): "closed_on IS NULL AND region = ANY (\(regions))"
            }
        return try query(
            """
            SELECT store_id, ordinal, NULLIF(region, '')
            FROM store
            WHERE retailer_id = \(retailer) AND \(fragment: named)
            ORDER BY store_id
            """
        ) { row in CandidateStore(id: try row.next(), ordinal: try row.next(), region: try row.nextOptional()) }
    }

    /// What each product costs a shopper without us on a day, the highest over the price zones of these stores: the lowest
    /// of its regular, card and promotion price (DOMAIN 2).
    func basePrices(
        of products: [Int32], inStores stores: [Int32], on day: BusinessDay, at retailer: RetailerID
    ) throws -> [Int32: Int64] {
        let oneOfEachZone = try query(
            """
            SELECT DISTINCT ON (COALESCE(price_zone_id, '')) ordinal
            FROM store
            WHERE retailer_id = \(retailer) AND ordinal = ANY (\(stores))
            ORDER BY COALESCE(price_zone_id, ''), ordinal
            """, { row in try row.next(Int32.self) })
        var highest: [Int32: Int64] = [:]
        for store in oneOfEachZone {
            for (product, prices) in try pricesInForce(of: products, inStore: store, on: day, at: retailer) {
                guard let base = [prices.regular, prices.card, prices.promo].compactMap({ $0 }).min() else { continue }
                highest[product] = max(base, highest[product] ?? 0)
            }
        }
        return highest
    }
}
