import EventLog
package import Kernel
import Parties
package import Postgres

extension Transaction {
    /// Makes the catalogue's products what the items say, in one set-based pass. An unknown brand or category becomes one
    /// named by its id; a product of a supplier that the platform does not know is refused.
    package func upsert(_ products: [Product], of retailer: RetailerID, at now: Instant) throws -> BatchOutcome {
        var batch = Batch(products)
        let unknown = try unknownSuppliers(among: Set(products.flatMap(\.suppliers)))
        batch.refuse { product in
            guard let index = product.suppliers.firstIndex(where: unknown.contains) else { return nil }
            return FieldProblem(
                pointer: "/supplier_ids", code: "unknown_supplier", detail: "There is no \(product.suppliers[index]).")
        }
        batch.keepLast(by: \.id)
        let items = batch.items
        guard !items.isEmpty else { return batch.finished(created: 0, changed: 0) }
        try lockOrdinals(.product, of: retailer)
        let stubs =
            try ensureBrands(items.compactMap(\.brand), of: retailer)
            + ensureCategories(items.compactMap(\.category), of: retailer)
        let rows = try write(items, of: retailer, at: now)
        let relinked = Set(try linkSuppliers(of: items, of: retailer) + linkGTINs(of: items, of: retailer))
            .subtracting(rows.map(\.id))
        try touch(relinked.sorted(), of: retailer, at: now)
        let created = rows.count { $0.isNew }
        return batch.finished(created: created, changed: rows.count - created + relinked.count, stubs: stubs)
    }

    private func unknownSuppliers(among suppliers: Set<SupplierID>) throws -> Set<SupplierID> {
        guard !suppliers.isEmpty else { return [] }
        return suppliers.subtracting(
            try query(
                "SELECT supplier_id FROM known_suppliers(\(suppliers.sorted())) AS supplier_id",
                { row in try row.next(SupplierID.self) }))
    }

    /// Under the lock; `products` are sorted and each is there once. The rows that were made or differed.
    private func write(
        _ products: [Product], of retailer: RetailerID, at now: Instant
    ) throws -> [(id: ExternalID, isNew: Bool)] {
        try query(
            """
            WITH given AS (
                SELECT line.product_id, line.name, line.brand_id, line.category_id, line.unit, line.vat_rate_bp,
                    line.is_private_label, line.is_adult
                FROM unnest(
                    \(products.map(\.id)), \(products.map(\.name)), \(products.map(\.brand)), \(products.map(\.category)),
                    \(products.map(\.unit)), \(products.map(\.vatRate)), \(products.map(\.isPrivateLabel)),
                    \(products.map(\.isAdult))
                ) AS line (
                    product_id, name, brand_id, category_id, unit, vat_rate_bp, is_private_label, is_adult
                )
            ), made AS (
                INSERT INTO product (
                    retailer_id, product_id, ordinal, name, brand_id, category_id, unit, vat_rate_bp, is_private_label,
                    is_adult, updated_at
                )
                SELECT \(retailer), given.product_id, counter.used + row_number() OVER (ORDER BY given.product_id),
                    given.name, given.brand_id, given.category_id, given.unit, given.vat_rate_bp, given.is_private_label,
                    given.is_adult, \(now)
                FROM given
                JOIN ordinal_counter AS counter ON counter.retailer_id = \(retailer) AND counter.kind = 'product'
                WHERE NOT EXISTS (
                    SELECT FROM product WHERE product.retailer_id = \(retailer) AND product.product_id = given.product_id
                )
                RETURNING product_id, ordinal
            ), numbered AS (
                UPDATE ordinal_counter SET used = used + (SELECT count(*) FROM made)
                WHERE retailer_id = \(retailer) AND kind = 'product' AND EXISTS (SELECT FROM made)
            ), changed AS (
                UPDATE product
                SET name = given.name, brand_id = given.brand_id, category_id = given.category_id, unit = given.unit,
                    vat_rate_bp = given.vat_rate_bp, is_private_label = given.is_private_label, is_adult = given.is_adult,
                    is_stub = false, updated_at = \(now)
                FROM given
                WHERE product.retailer_id = \(retailer) AND product.product_id = given.product_id
                    AND (product.name, product.brand_id, product.category_id, product.unit, product.vat_rate_bp,
                            product.is_private_label, product.is_adult, product.is_stub)
                        IS DISTINCT FROM (given.name, given.brand_id, given.category_id, given.unit, given.vat_rate_bp,
                            given.is_private_label, given.is_adult, false)
                RETURNING product.product_id, product.ordinal
            ), \(fragment: .noted(.products, of: retailer, keys: writtenOrdinals))
            SELECT product_id, true FROM made
            UNION ALL
            SELECT product_id, false FROM changed
            """
        ) { row in (id: try row.next(), isNew: try row.next()) }
    }

    private var writtenOrdinals: SQL {
        "SELECT ordinal::bigint FROM made UNION ALL SELECT ordinal::bigint FROM changed"
    }

    private func touch(_ ids: [ExternalID], of retailer: RetailerID, at now: Instant) throws {
        guard !ids.isEmpty else { return }
        try execute(
            "UPDATE product SET updated_at = \(now) WHERE retailer_id = \(retailer) AND product_id = ANY(\(ids))")
    }
}
