import Kernel
package import Postgres
package import Profiles

extension Transaction {
    /// The shoppers of a predicate, by key.
    package func members(of predicate: Predicate, on moment: ProfileMoment) throws -> [Int64] {
        let oracle = try oracle([predicate], on: moment)
        return try query(
            """
            \(fragment: oracle.with)
            SELECT shopper_key FROM candidate WHERE \(fragment: oracle.condition(predicate)) ORDER BY shopper_key
            """
        ) { row in try row.next() }
    }

    /// The shoppers of several predicates that ask the same questions, at most 64 distinct ones, in one statement.
    package func members(of predicates: [Predicate], on moment: ProfileMoment) throws -> [[Int64]] {
        guard !predicates.isEmpty else { return [] }
        let oracle = try oracle(predicates, on: moment)
        let columns = predicates.map { predicate -> SQL in
            """
            coalesce(
                array_agg(shopper_key ORDER BY shopper_key) FILTER (WHERE \(fragment: oracle.condition(predicate))), '{}')
            """
        }
        return try one("\(fragment: oracle.with) SELECT \(fragment: .joined(columns, separator: ", ")) FROM candidate") { row in
            try predicates.map { _ in try row.next([Int64].self) }
        }
    }

    /// How many shoppers a predicate has. Exact: for the retailer, and for decisions that show nobody the number.
    package func count(of predicate: Predicate, on moment: ProfileMoment) throws -> Int64 {
        try counts(of: [predicate], on: moment)[0]
    }

    /// The counts of several predicates that ask the same questions, at most 64 distinct ones, in one statement.
    package func counts(of predicates: [Predicate], on moment: ProfileMoment) throws -> [Int64] {
        guard !predicates.isEmpty else { return [] }
        let oracle = try oracle(predicates, on: moment)
        let columns = predicates.map { predicate -> SQL in
            "count(*) FILTER (WHERE \(fragment: oracle.condition(predicate)))"
        }
        return try one(
            """
            \(fragment: oracle.with)
            SELECT ARRAY[\(fragment: .joined(columns, separator: ", "))] FROM candidate
            """
        ) { row in try row.next([Int64].self) }
    }

    /// The exact numbers of an audience, which only its retailer sees.
    func exactPreview(of predicate: Predicate, on moment: ProfileMoment) throws -> ExactPreview {
        let oracle = try oracle([predicate], on: moment, wantsActivity: true)
        return try one(
            """
            \(fragment: oracle.with)
            SELECT count(*) FILTER (WHERE candidate.is_member), count(*),
                coalesce(sum(activity.spend) FILTER (WHERE candidate.is_member), 0)::bigint,
                coalesce(sum(activity.receipts) FILTER (WHERE candidate.is_member), 0)::bigint
            FROM (SELECT shopper_key, \(fragment: oracle.condition(predicate)) AS is_member FROM candidate) AS candidate
            LEFT JOIN activity ON activity.shopper_key = candidate.shopper_key
            """
        ) { row in
            ExactPreview(
                moment: moment, shoppers: try row.next(), base: try row.next(), spendMinor: try row.next(),
                receipts: try row.next())
        }
    }

    /// How many of an audience came to each store in the window; stores without any are left out.
    func storeCounts(of predicate: Predicate, on moment: ProfileMoment) throws -> [ExternalID: Int64] {
        let oracle = try oracle([predicate], on: moment, wantsActivity: true)
        let counts = try query(
            """
            \(fragment: oracle.with)
            SELECT store.store_id, count(DISTINCT sale.shopper_key)
            FROM candidate
            JOIN sale ON sale.shopper_key = candidate.shopper_key
            JOIN store ON store.retailer_id = \(moment.retailer) AND store.ordinal = sale.store_ordinal
            WHERE sale.day BETWEEN \(moment.windowStart) AND \(moment.asOf) AND \(fragment: oracle.condition(predicate))
            GROUP BY store.store_id
            """
        ) { row in (try row.next(ExternalID.self), try row.next(Int64.self)) }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    private func oracle(
        _ predicates: [Predicate], on moment: ProfileMoment, wantsActivity: Bool = false
    ) throws -> Oracle {
        try prepareForProfiles()
        let names = predicates.flatMap(\.criteria).flatMap(\.traitNames)
        let rules = names.isEmpty ? [:] : try traitRules(of: moment.retailer, named: Set(names).sorted())
        return Oracle(predicates, on: moment, traits: rules, wantsActivity: wantsActivity)
    }
}

extension Criterion {
    var traitNames: [TraitName] { if case .traits(let several) = self { several.names } else { [] } }
}

/// What the retailer reads of an audience: exact numbers of the profile window.
struct ExactPreview: Sendable {
    let moment: ProfileMoment
    let shoppers: Int64
    let base: Int64
    let spendMinor: Int64
    let receipts: Int64
}
