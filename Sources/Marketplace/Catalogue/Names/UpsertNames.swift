import EventLog
package import Kernel
import Parties
package import Postgres

// Brands, categories and price zones: an id and a name, and for categories a parent.

extension Transaction {
    package func upsert(_ brands: [Brand], of retailer: RetailerID) throws -> BatchOutcome {
        var batch = Batch(brands)
        batch.keepLast(by: \.id)
        let items = batch.items
        try lockOrdinals(.product, of: retailer)
        return batch.finished(
            written: try query(
                """
                INSERT INTO brand (retailer_id, brand_id, name)
                SELECT \(retailer), line.brand_id, line.name
                FROM unnest(\(items.map(\.id)), \(items.map(\.name))) AS line (brand_id, name)
                ON CONFLICT (retailer_id, brand_id) DO UPDATE SET name = excluded.name WHERE brand.name <> excluded.name
                RETURNING xmax = 0
                """, { row in try row.next() }))
    }

    package func upsert(_ zones: [PriceZone], of retailer: RetailerID) throws -> BatchOutcome {
        var batch = Batch(zones)
        batch.keepLast(by: \.id)
        let items = batch.items
        try lockOrdinals(.store, of: retailer)
        return batch.finished(
            written: try query(
                """
                INSERT INTO price_zone (retailer_id, price_zone_id, name)
                SELECT \(retailer), line.price_zone_id, line.name
                FROM unnest(\(items.map(\.id)), \(items.map(\.name))) AS line (price_zone_id, name)
                ON CONFLICT (retailer_id, price_zone_id) DO UPDATE SET name = excluded.name
                    WHERE price_zone.name <> excluded.name
                RETURNING xmax = 0
                """, { row in try row.next() }))
    }

    /// An unknown parent becomes a category named by its id. What would lie in itself or too deep is refused.
    package func upsert(_ categories: [Category], of retailer: RetailerID) throws -> BatchOutcome {
        var batch = Batch(categories)
        try lockOrdinals(.product, of: retailer)
        var tree = try categoryTree(of: retailer)
        batch.refuse { category in
            do throws(CategoryTree.Refusal) {
                try tree.move(category.id, under: category.parent)
                return nil
            } catch {
                return error.problem
            }
        }
        batch.keepLast(by: \.id)
        let items = batch.items
        let own = Set(items.map(\.id))
        let stubs = try ensureCategories(items.compactMap(\.parent).filter { !own.contains($0) }, of: retailer)
        let written = try write(items, of: retailer)
        if !written.isEmpty { try noteProfileChange(.categories, of: retailer) }
        return batch.finished(written: written, stubs: stubs)
    }

    private func write(_ categories: [Category], of retailer: RetailerID) throws -> [Bool] {
        try query(
            """
            INSERT INTO category (retailer_id, category_id, parent_id, name)
            SELECT \(retailer), line.category_id, line.parent_id, line.name
            FROM unnest(\(categories.map(\.id)), \(categories.map(\.parent)), \(categories.map(\.name)))
                AS line (category_id, parent_id, name)
            ON CONFLICT (retailer_id, category_id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name
                WHERE (category.parent_id, category.name) IS DISTINCT FROM (excluded.parent_id, excluded.name)
            RETURNING xmax = 0
            """, { row in try row.next() })
    }
}

extension CategoryTree.Refusal {
    fileprivate var problem: FieldProblem {
        switch self {
        case .cycle: FieldProblem(pointer: "/parent_id", code: "category_cycle", detail: "A category cannot lie in itself.")
        case .tooDeep:
            FieldProblem(
                pointer: "/parent_id", code: "too_deep",
                detail: "Must be at level \(CatalogueLimits.categoryDepthMax) or above.")
        }
    }
}

extension Transaction {
    /// Each makes what is missing, named by its id, and says how many.
    func ensureBrands(_ ids: [ExternalID], of retailer: RetailerID) throws -> Int {
        guard !ids.isEmpty else { return 0 }
        return try execute(
            """
            INSERT INTO brand (retailer_id, brand_id, name)
            SELECT \(retailer), id, id FROM unnest(\(Set(ids).sorted())) AS given (id)
            ON CONFLICT (retailer_id, brand_id) DO NOTHING
            """)
    }

    func ensureCategories(_ ids: [ExternalID], of retailer: RetailerID) throws -> Int {
        guard !ids.isEmpty else { return 0 }
        return try execute(
            """
            INSERT INTO category (retailer_id, category_id, name)
            SELECT \(retailer), id, id FROM unnest(\(Set(ids).sorted())) AS given (id)
            ON CONFLICT (retailer_id, category_id) DO NOTHING
            """)
    }

    func ensurePriceZones(_ ids: [ExternalID], of retailer: RetailerID) throws -> Int {
        guard !ids.isEmpty else { return 0 }
        return try execute(
            """
            INSERT INTO price_zone (retailer_id, price_zone_id, name)
            SELECT \(retailer), id, id FROM unnest(\(Set(ids).sorted())) AS given (id)
            ON CONFLICT (retailer_id, price_zone_id) DO NOTHING
            """)
    }
}
