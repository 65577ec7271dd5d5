import HTTPSupport
import JSONText
package import Kernel
package import Postgres

extension Transaction {
    func trait(_ name: TraitName, of retailer: RetailerID) throws -> Trait? {
        try first(
            """
            SELECT trait, description, rule, is_active, version, updated_at
            FROM trait
            WHERE retailer_id = \(retailer) AND trait = \(name)
            """, { row in try Trait(row: &row) })
    }

    func traits(of retailer: RetailerID, after name: TraitName?, limit: Int) throws -> [Trait] {
        try query(
            """
            SELECT trait, description, rule, is_active, version, updated_at
            FROM trait
            WHERE retailer_id = \(retailer) AND (\(name)::text IS NULL OR trait > \(name))
            ORDER BY trait
            LIMIT \(limit)
            """, { row in try Trait(row: &row) })
    }

    /// The rules of those of the named traits that are in force.
    package func traitRules(of retailer: RetailerID, named names: [TraitName]) throws -> [TraitName: TraitRule] {
        let traits = try query(
            """
            SELECT trait, description, rule, is_active, version, updated_at
            FROM trait
            WHERE retailer_id = \(retailer) AND trait = ANY (\(names)) AND is_active
            """, { row in try Trait(row: &row) })
        return Dictionary(uniqueKeysWithValues: traits.map { ($0.name, $0.rule) })
    }

    /// The rules of all traits that are in force.
    package func activeTraitRules(of retailer: RetailerID) throws -> [TraitName: TraitRule] {
        Dictionary(uniqueKeysWithValues: try activeTraits(of: retailer).map { ($0.name, $0.rule) })
    }

    /// All traits that are in force, by name.
    package func activeTraits(of retailer: RetailerID) throws -> [Trait] {
        try query(
            """
            SELECT trait, description, rule, is_active, version, updated_at
            FROM trait
            WHERE retailer_id = \(retailer) AND is_active
            ORDER BY trait
            """, { row in try Trait(row: &row) })
    }

    /// Writes the trait anew, in force, as its next version.
    func put(_ name: TraitName, description: String, rule: TraitRule, of retailer: RetailerID, at now: Instant) throws -> Trait {
        try one(
            """
            INSERT INTO trait (retailer_id, trait, description, rule, updated_at)
            VALUES (\(retailer), \(name), \(description), \(JSONB(rule.jsonBytes)), \(now))
            ON CONFLICT (retailer_id, trait) DO UPDATE
                SET description = excluded.description, rule = excluded.rule, is_active = true,
                    version = trait.version + 1, updated_at = excluded.updated_at
            RETURNING trait, description, rule, is_active, version, updated_at
            """, { row in try Trait(row: &row) })
    }

    func deactivate(_ name: TraitName, of retailer: RetailerID, at now: Instant) throws {
        try execute(
            """
            UPDATE trait SET is_active = false, version = version + 1, updated_at = \(now)
            WHERE retailer_id = \(retailer) AND trait = \(name)
            """)
    }

    /// How many shoppers have each rule, in the order of the rules.
    func sizes(of rules: [TraitRule], on moment: ProfileMoment) throws -> [Int64] {
        guard !rules.isEmpty else { return [] }
        let facts = PurchaseFacts(moment, from: moment.windowStart, through: moment.asOf)
        let counts = rules.map { rule -> SQL in
            "(SELECT count(*) FROM (\(fragment: rule.holders(at: moment))) AS holder JOIN base USING (shopper_key))"
        }
        try prepareForProfiles()
        return try one(
            """
            WITH \(fragment: facts.base), \(fragment: facts.ticket), \(fragment: facts.returned),
                \(fragment: facts.item(from: facts.first))
            SELECT ARRAY[\(fragment: .joined(counts, separator: ", "))]
            """
        ) { row in try row.next([Int64].self) }
    }
}

extension Trait {
    fileprivate init(row: inout Row) throws {
        name = try row.next()
        description = try row.next()
        rule = try TraitRule(stored: row.next())
        isActive = try row.next()
        version = try row.next()
        updatedAt = try row.next()
    }
}

extension TraitRule {
    /// A rule that was checked on its way in.
    package init(stored rule: JSONB) throws { self = try Fields.read(JSONReader.parse(rule.text), TraitRule.init) }
}
