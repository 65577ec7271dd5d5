import Kernel
import Parties
import Postgres
import Profiles
import Tenancy

extension Transaction {
    /// What a supplier, or the retailer (nil), may make an audience of.
    func audienceCriteria(of retailer: RetailerID, for supplier: SupplierID?, at now: Instant) throws -> AudienceCriteria? {
        guard let asset = try self.retailer(retailer)?.asset else { return nil }
        let present = try profileMoment(of: retailer, at: now)
        let scope = try supplier.map { try insightScope(of: $0, at: retailer, on: present.today) }
        let protection = try supplier.map { supplier in
            let used = try PredicateBudget.used(by: supplier, at: retailer, on: present.today, in: self)
            return AudienceCriteria.Protection(
                floor: present.privacyFloor, predicatesLeft: max(0, PredicateBudget.predicatesMax - used))
        }
        let fenced = scope.flatMap { $0.reach == .all ? nil : $0 }
        let regions = try storeRegions(of: retailer, limit: AudienceCriteria.regionsMax + 1)
        let root = "/v1/retailers/\(retailer)"
        return AudienceCriteria(
            moment: supplier == nil ? present : present.weeklySnapshot, asset: asset, protection: protection,
            reach: scope?.reach,
            brands: .init(try askableBrands(of: retailer, within: fenced), path: "\(root)/brands"),
            categories: .init(try askableCategories(of: retailer, within: fenced), path: "\(root)/categories"),
            products: .init(fenced?.products ?? [], path: "\(root)/products"),
            regions: regions.prefix(AudienceCriteria.regionsMax).map { .init(name: $0.name, stores: $0.stores) },
            isRegionsWhole: regions.count <= AudienceCriteria.regionsMax,
            stores: .init(try scope?.stores ?? storeIDs(of: retailer), path: "\(root)/stores"),
            traits: try askableTraits(of: retailer, within: scope),
            tags: .init(try tagNames(of: retailer), path: supplier == nil ? "\(root)/tags" : nil))
    }

    private func storeIDs(of retailer: RetailerID) throws -> [ExternalID] {
        try query(
            """
            SELECT store_id
            FROM store
            WHERE retailer_id = \(retailer)
            ORDER BY store_id
            LIMIT \(AudienceCriteria.Choices<ExternalID>.shownMax + 1)
            """, { row in try row.next() })
    }

    private func tagNames(of retailer: RetailerID) throws -> [String] {
        try query(
            """
            SELECT tag
            FROM tag
            WHERE retailer_id = \(retailer)
            ORDER BY tag
            LIMIT \(AudienceCriteria.Choices<String>.shownMax + 1)
            """, { row in try row.next() })
    }

    /// By a reach of own brands those, by one of own categories those whose products are all within. Nil: every brand.
    private func askableBrands(of retailer: RetailerID, within scope: InsightScope?) throws -> [AudienceCriteria.Named] {
        let limit = AudienceCriteria.Choices<AudienceCriteria.Named>.shownMax + 1
        guard let scope else {
            return try named("SELECT brand_id, name FROM brand WHERE retailer_id = \(retailer) ORDER BY brand_id LIMIT \(limit)")
        }
        guard scope.reach == .ownCategories else {
            return try named(
                """
                SELECT brand_id, name
                FROM brand
                WHERE retailer_id = \(retailer) AND brand_id = ANY (\(scope.brands))
                ORDER BY brand_id
                LIMIT \(limit)
                """)
        }
        return try named(
            """
            WITH RECURSIVE \(fragment: scope.reachable)
            SELECT brand.brand_id, brand.name
            FROM brand
            JOIN (
                SELECT brand_id FROM reachable GROUP BY brand_id HAVING bool_and(is_within)
            ) AS open ON open.brand_id = brand.brand_id
            WHERE brand.retailer_id = \(retailer)
            ORDER BY brand.brand_id
            LIMIT \(limit)
            """)
    }

    /// Categories that have products, all of which the caller may ask about, with everything below them. Nil: every category.
    private func askableCategories(of retailer: RetailerID, within scope: InsightScope?) throws -> [AudienceCriteria.Named] {
        let limit = AudienceCriteria.Choices<AudienceCriteria.Named>.shownMax + 1
        guard let scope else {
            return try named(
                "SELECT category_id, name FROM category WHERE retailer_id = \(retailer) ORDER BY category_id LIMIT \(limit)")
        }
        return try named(
            """
            WITH RECURSIVE \(fragment: scope.reachable), below AS (
                SELECT category_id AS top, category_id FROM category WHERE retailer_id = \(retailer)
                UNION
                SELECT below.top, child.category_id
                FROM category AS child
                JOIN below ON below.category_id = child.parent_id
                WHERE child.retailer_id = \(retailer)
            )
            SELECT category.category_id, category.name
            FROM category
            JOIN (
                SELECT below.top
                FROM below
                JOIN reachable ON reachable.category_id = below.category_id
                GROUP BY below.top
                HAVING bool_and(reachable.is_within)
            ) AS open ON open.top = category.category_id
            WHERE category.retailer_id = \(retailer)
            ORDER BY category.category_id
            LIMIT \(limit)
            """)
    }

    private func named(_ statement: SQL) throws -> [AudienceCriteria.Named] {
        try query(statement) { row in AudienceCriteria.Named(id: try row.next(), name: try row.next()) }
    }

    /// Those in force whose rules are about goods that the caller may ask about. Nil: all.
    private func askableTraits(
        of retailer: RetailerID, within scope: InsightScope?
    ) throws -> [(name: TraitName, description: String)] {
        try activeTraits(of: retailer)
            .filter { trait in try scope?.allows(trait.rule.merchandise, in: self) ?? true }
            .map { ($0.name, $0.description) }
    }
}

extension AudienceCriteria {
    static let regionsMax = 1_000
}
