package import HTTPSupport
package import Kernel
package import Postgres

/// Which products a list shows. A category means everything that lies in it.
package struct ProductFilter: Sendable, Hashable {
    package var brand: ExternalID?
    package var category: ExternalID?
    package var supplier: SupplierID?
    package var stub: Bool?

    package init(
        brand: ExternalID? = nil, category: ExternalID? = nil, supplier: SupplierID? = nil, stub: Bool? = nil
    ) {
        self.brand = brand
        self.category = category
        self.supplier = supplier
        self.stub = stub
    }

    package init(_ query: Fields) {
        brand = query.externalIDIfPresent("brand_id")
        category = query.externalIDIfPresent("category_id")
        supplier = query.idIfPresent("supplier_id")
        stub = query.boolIfPresent("stub")
    }
}

extension Transaction {
    package func product(_ id: ExternalID, of retailer: RetailerID) throws -> StoredProduct? {
        try first(
            """
            SELECT \(fragment: productColumns(of: retailer))
            FROM product
            WHERE retailer_id = \(retailer) AND product_id = \(id)
            """, { row in try StoredProduct(row: &row) })
    }

    /// Indexes: product_by_brand, product_by_category, product_supplier_by_supplier.
    package func products(
        of retailer: RetailerID, _ filter: ProductFilter = ProductFilter(), after id: ExternalID? = nil, limit: Int
    ) throws -> [StoredProduct] {
        var conditions: [SQL] = ["retailer_id = \(retailer)"]
        if let id { conditions.append("product_id > \(id)") }
        if let brand = filter.brand { conditions.append("brand_id = \(brand)") }
        if let stub = filter.stub { conditions.append("is_stub = \(stub)") }
        if let category = filter.category {
            conditions.append("category_id = ANY(\(try categories(under: [category], of: retailer)))")
        }
        if let supplier = filter.supplier {
            conditions.append(
                """
                EXISTS (
                    SELECT FROM product_supplier AS link
                    WHERE link.retailer_id = \(retailer) AND link.product_id = product.product_id
                        AND link.supplier_id = \(supplier)
                )
                """)
        }
        return try query(
            """
            SELECT \(fragment: productColumns(of: retailer))
            FROM product
            WHERE \(fragment: .joined(conditions, separator: " AND "))
            ORDER BY product_id
            LIMIT \(limit)
            """, { row in try StoredProduct(row: &row) })
    }

    private func productColumns(of retailer: RetailerID) -> SQL {
        """
        product_id, name, brand_id, category_id, unit, vat_rate_bp, is_private_label, is_adult,
            ARRAY(
                SELECT link.supplier_id FROM product_supplier AS link
                WHERE link.retailer_id = \(retailer) AND link.product_id = product.product_id
            ),
            ARRAY(
                SELECT link.gtin::text FROM product_gtin AS link
                WHERE link.retailer_id = \(retailer) AND link.product_id = product.product_id
            ), ordinal, is_stub, updated_at
        """
    }
}

extension StoredProduct {
    init(row: inout Row) throws {
        product = Product(
            id: try row.next(), name: try row.next(), brand: try row.nextOptional(), category: try row.nextOptional(),
            unit: try row.next(), vatRate: try row.nextOptional(), isPrivateLabel: try row.next(), isAdult: try row.next(),
            suppliers: try row.next(), gtins: try row.next())
        ordinal = try row.next()
        isStub = try row.next()
        updatedAt = try row.next()
    }
}
