import Kernel
import TestSupport

/// The audiences that the tests count: every criterion that a set's data can carry, and random trees of them.
enum RealAudiences {
    /// Depth of the random trees; the criteria alone are 1.
    static let depthMax = 4

    static func cases(of set: DataSet, _ files: StagedFiles, seed: UInt64) async throws -> [AudienceCase] {
        let popular = try await Popular.of(set, files)
        let leaves = try await leaves(of: set, files)
        let earlier = lookBack(AudienceCases(asOf: set.lastDay.adding(days: -30)), popular)
        return leaves + earlier + trees(of: leaves, wanted(of: set) - leaves.count - earlier.count, seed: seed)
    }

    /// The criteria one by one, on the set's last day.
    static func leaves(of set: DataSet, _ files: StagedFiles) async throws -> [AudienceCase] {
        let popular = try await Popular.of(set, files)
        let traits = try await RealTrait.traits(of: set, files)
        let ask = AudienceCases(asOf: set.lastDay)
        var leaves = people(ask, popular, traits) + goods(ask, popular)
        switch set {
        case .completeJourney: leaves += brands(ask, popular) + money(ask, [500, 1_000, 2_000, 5_000, 20_000])
        case .sortOfReal: leaves += money(ask, [200, 500, 1_000, 5_000, 20_000])
        case .x5: leaves += brands(ask, popular) + money(ask, [10_000, 30_000, 60_000, 200_000, 1_000_000])
        }
        return leaves
    }

    /// As of an earlier day: later receipts are not there yet.
    private static func lookBack(_ ask: AudienceCases, _ popular: Popular) -> [AudienceCase] {
        [ask.recency(8, 30), ask.frequency(2, 6), ask.bought(Goods(word: "categories", ids: popular.categories), days: 180)]
    }

    /// A hundred in all.
    static func wanted(of set: DataSet) -> Int {
        switch set {
        case .completeJourney: 37
        case .sortOfReal: 33
        case .x5: 30
        }
    }

    private static func people(_ ask: AudienceCases, _ popular: Popular, _ traits: [RealTrait]) -> [AudienceCase] {
        [
            ask.stores(Array(popular.stores.prefix(1)), minReceipts: 1),
            ask.stores(popular.stores, minReceipts: 5),
            ask.frequency(5, nil), ask.frequency(0, 2), ask.recency(nil, 7), ask.recency(31, 120),
            ask.traits([traits[0]], "any"), ask.traits(traits, "any"), ask.traits([traits[1], traits[2]], "all"),
            ask.tags(Array(popular.tags.prefix(2)), "any"), ask.tags([popular.tags[0]], "all"),
            ask.segments(["champions", "loyal"]), ask.segments(["at_risk", "hibernating", "lost", "new"]),
            ask.segments(["potential_loyalist", "promising", "needs_attention"]),
            ask.scores(r: 4), ask.scores(f: 3, m: 4),
        ]
    }

    private static func goods(_ ask: AudienceCases, _ popular: Popular) -> [AudienceCase] {
        [
            ask.bought(Goods(word: "products", ids: Array(popular.products.prefix(5))), days: 365),
            ask.bought(Goods(word: "categories", ids: [popular.categories[2]]), days: 90, baskets: 2),
            ask.bought(Goods(word: "categories", ids: [popular.departments[0]]), days: 30),
        ]
    }

    private static func brands(_ ask: AudienceCases, _ popular: Popular) -> [AudienceCase] {
        [
            ask.favouriteBrands([popular.brands[0]], top: 1), ask.favouriteBrands(Array(popular.brands.prefix(5)), top: 3),
            ask.bought(Goods(word: "brands", ids: Array(popular.brands.prefix(3))), days: 180, baskets: 2),
        ]
    }

    private static func money(_ ask: AudienceCases, _ steps: [Int64]) -> [AudienceCase] {
        [
            ask.averageCheck(steps[1], nil), ask.averageCheck(steps[0], steps[2]), ask.spend(steps[3], nil),
            ask.spend(nil, steps[4]),
        ]
    }

    private static func trees(of leaves: [AudienceCase], _ count: Int, seed: UInt64) -> [AudienceCase] {
        var generator = SeededGenerator(seed: seed)
        return (0..<max(0, count)).map { place in
            let parts = (0..<Int.random(in: 2...3, using: &generator)).map { _ in
                tree(of: leaves, depth: depthMax - 1, &generator)
            }
            return place % 2 == 0 ? .all(parts) : .any(parts)
        }
    }

    private static func tree(of leaves: [AudienceCase], depth: Int, _ generator: inout SeededGenerator) -> AudienceCase {
        let kind = depth == 1 ? 0 : Int.random(in: 0...5, using: &generator)
        switch kind {
        case 0...2: return leaves[Int.random(in: 0..<leaves.count, using: &generator)]
        case 3: return .not(tree(of: leaves, depth: depth - 1, &generator))
        default:
            let parts = (0..<2).map { _ in tree(of: leaves, depth: depth - 1, &generator) }
            return kind == 4 ? .all(parts) : .any(parts)
        }
    }
}
