package import Kernel
package import Postgres

// Brands, categories and price zones.

extension Transaction {
    package func brand(_ id: ExternalID, of retailer: RetailerID) throws -> Brand? {
        try first("SELECT name FROM brand WHERE retailer_id = \(retailer) AND brand_id = \(id)") { row in
            Brand(id: id, name: try row.next())
        }
    }

    package func brands(of retailer: RetailerID, after id: ExternalID? = nil, limit: Int) throws -> [Brand] {
        try query(
            """
            SELECT brand_id, name
            FROM brand
            WHERE retailer_id = \(retailer) AND (\(id)::text IS NULL OR brand_id > \(id))
            ORDER BY brand_id
            LIMIT \(limit)
            """, { row in Brand(id: try row.next(), name: try row.next()) })
    }

    package func priceZone(_ id: ExternalID, of retailer: RetailerID) throws -> PriceZone? {
        try first("SELECT name FROM price_zone WHERE retailer_id = \(retailer) AND price_zone_id = \(id)") { row in
            PriceZone(id: id, name: try row.next())
        }
    }

    package func priceZones(of retailer: RetailerID, after id: ExternalID? = nil, limit: Int) throws -> [PriceZone] {
        try query(
            """
            SELECT price_zone_id, name
            FROM price_zone
            WHERE retailer_id = \(retailer) AND (\(id)::text IS NULL OR price_zone_id > \(id))
            ORDER BY price_zone_id
            LIMIT \(limit)
            """, { row in PriceZone(id: try row.next(), name: try row.next()) })
    }

    package func category(_ id: ExternalID, of retailer: RetailerID) throws -> Category? {
        try first("SELECT parent_id, name FROM category WHERE retailer_id = \(retailer) AND category_id = \(id)") { row in
            Category(id: id, parent: try row.nextOptional(), name: try row.next())
        }
    }

    package func categories(of retailer: RetailerID, after id: ExternalID? = nil, limit: Int) throws -> [Category] {
        try query(
            """
            SELECT category_id, parent_id, name
            FROM category
            WHERE retailer_id = \(retailer) AND (\(id)::text IS NULL OR category_id > \(id))
            ORDER BY category_id
            LIMIT \(limit)
            """, { row in Category(id: try row.next(), parent: try row.nextOptional(), name: try row.next()) })
    }

    /// These categories and everything that lies in them, sorted. Index: category_by_parent.
    package func categories(under ids: [ExternalID], of retailer: RetailerID) throws -> [ExternalID] {
        try query(
            """
            WITH RECURSIVE inside AS (
                SELECT category_id FROM category WHERE retailer_id = \(retailer) AND category_id = ANY(\(ids))
                UNION
                SELECT child.category_id
                FROM inside
                JOIN category AS child ON child.retailer_id = \(retailer) AND child.parent_id = inside.category_id
            )
            SELECT category_id FROM inside ORDER BY category_id
            """, { row in try row.next() })
    }

    /// Which category lies in which.
    package func categoryTree(of retailer: RetailerID) throws -> CategoryTree {
        let pairs = try query(
            "SELECT category_id, parent_id FROM category WHERE retailer_id = \(retailer) AND parent_id IS NOT NULL"
        ) { row in (try row.next(ExternalID.self), try row.next(ExternalID.self)) }
        return CategoryTree(parents: Dictionary(uniqueKeysWithValues: pairs))
    }
}
