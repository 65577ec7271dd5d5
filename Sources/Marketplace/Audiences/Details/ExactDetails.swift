import AudienceIndex
import Kernel
import Postgres
import Profiles

/// The details of a preview as the retailer reads them.
struct ExactDetails: Sendable, Equatable {
    /// For each row of the plan.
    var rows: [Int64]
    /// Stores with somebody of the audience in the window.
    var stores: [ExternalID: Int64]
}

extension ShopperIndex {
    /// In one pass over each layer, but for the rows that stand by themselves.
    func details(of plan: DetailPlan) -> ExactDetails {
        var inside = [Int64](repeating: 0, count: plan.rows.count { $0.within != nil })
        var stores: [ExternalID: Int64] = [:]
        for (layer, questions) in zip(layers, questions()) {
            let (population, names) = (layer.population(crew), layer.facts.stores.keys.sorted())
            let result = population.survey(
                Survey(
                    questions.question(plan.predicate), of: population, dropping: false,
                    insides: plan.rows.compactMap(\.within).map(questions.question),
                    shares: names.compactMap { layer.facts.stores[$0]?.shoppers }))
            for (place, count) in result.insides.enumerated() { inside[place] += Int64(count) }
            for (name, count) in zip(names, result.shares) where count > 0 { stores[name, default: 0] += Int64(count) }
        }
        let rows = inside + plan.rows.filter { $0.within == nil }.map { Int64(count(of: $0.whole)) }
        return ExactDetails(rows: rows, stores: stores)
    }
}

extension Transaction {
    /// By the oracle.
    func details(of plan: DetailPlan, on moment: ProfileMoment) throws -> ExactDetails {
        let rows = try Predicate.statements(plan.rows.map(\.whole)).flatMap { try counts(of: $0, on: moment) }
        return ExactDetails(rows: rows, stores: try storeCounts(of: plan.predicate, on: moment))
    }

    /// Regions with their stores.
    func storeRegions(
        of retailer: RetailerID, limit: Int = DetailPlan.regionsMax
    ) throws -> [(name: String, stores: [ExternalID])] {
        try query(
            """
            SELECT region, array_agg(store_id ORDER BY store_id)
            FROM store
            WHERE retailer_id = \(retailer) AND region <> ''
            GROUP BY region
            ORDER BY region
            LIMIT \(limit)
            """
        ) { row in (name: try row.next(), stores: try row.next()) }
    }
}

extension Transaction {
    /// The details that the retailer asks for.
    func detailPlan(
        _ request: DetailRequest, of predicate: Predicate, at pointer: String, _ retailer: RetailerID
    ) throws -> DetailPlan {
        let other = try request.overlapWith.map { id -> Predicate in
            guard let audience = try audience(id, of: retailer) else { throw DetailRequest.unknownAudience }
            return audience.predicate
        }
        return try DetailPlan(
            of: predicate, at: pointer, goods: request.goods, other: other, regions: try storeRegions(of: retailer))
    }
}
