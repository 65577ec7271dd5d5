package import AudienceIndex
import JSONText
package import Kernel
package import Postgres
package import Profiles
import Tenancy

/// How the index answers a predicate: what it is made of, in which order its parts are asked, and what each costs.
package struct ExplainAudience: Sendable {
    package let predicate: Predicate
    package let moment: ProfileMoment
    package let base: Int
    package let shoppers: Int
    /// From PostgreSQL.
    package let buildMillis: Double
    /// A count as previews would ask for it, median of nine.
    package let countMillis: Double
    package let steps: [StepReport]
    package let memory: [(part: String, bytes: Int)]
    package let boughtPairs: Int

    private static let runs = 9

    /// Builds the index of a retailer's present moment, or of a day that has closed, and counts.
    package static func run(
        _ predicate: Predicate, of retailer: RetailerID, asOf: BusinessDay?, at now: Instant, in database: Database, _ crew: Crew,
        progress: @escaping @Sendable (IndexSlice) -> Void
    ) async throws -> ExplainAudience {
        try await database.snapshot(as: .retailer(retailer)) { tx in
            let present = try tx.profileMoment(of: retailer, at: now)
            let moment = asOf.map(present.atClose) ?? present
            let started = ContinuousClock.now
            let index = try tx.shopperIndex(on: moment, crew, progress: progress)
            let given = try tx.givenShoppers(for: ShopperIndex.unheld(predicate), on: moment)
            let built = started.duration(to: .now) / .milliseconds(1)
            return ExplainAudience(predicate, index.inOneLayer(), given, buildMillis: built)
        }
    }

    private init(
        _ predicate: Predicate, _ index: ShopperIndex, _ given: [Criterion: [Int64]], buildMillis: Double
    ) {
        self.predicate = predicate
        self.buildMillis = buildMillis
        moment = index.moment
        base = index.base
        memory = index.memory
        boughtPairs = index.boughtPairs
        let parts: [Predicate] = if case .all(let parts) = predicate { parts } else { [predicate] }
        steps = zip(index.layers, index.questions(given)).flatMap { layer, questions in
            layer.population(index.crew).explain(
                parts.map { (name: String(decoding: $0.jsonBytes, as: UTF8.self), question: questions.question($0)) })
        }
        var times: [Double] = []
        var count = 0
        for _ in 0..<Self.runs {
            let started = ContinuousClock.now
            count = index.count(of: predicate, given: given)
            times.append(started.duration(to: .now) / .milliseconds(1))
        }
        shoppers = count
        countMillis = times.sorted()[Self.runs / 2]
    }
}
