import AudienceIndex
import Audiences
import HTTPSupport
import JSONText
import Kernel
import Postgres
import Profiles
import Tenancy
import TestSupport
import Testing

/// The audience index against the oracle on the published sets, members and all.
@Suite struct RealIndexTests {
    /// So many random trees over the criteria of a set; 500 together.
    private static func trees(of set: DataSet) -> Int {
        switch set {
        case .completeJourney: 200
        case .sortOfReal: 200
        case .x5: 100
        }
    }

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing), arguments: DataSet.allCases)
    func `every criterion and 500 random trees of them have the members that the oracle gives`(set: DataSet) async throws {
        let real = try await RealRetailers.loaded()
        let retailer = try #require(real.retailers[set])
        let criteria = try await RealAudiences.leaves(of: set, real.files).map { audience in
            try Fields.read(.object(["predicate": audience.predicate])) { Predicate($0, "predicate") }
        }
        var random = SeededGenerator(seed: 500)
        let predicates = criteria + (0..<Self.trees(of: set)).map { _ in Self.tree(of: criteria, depth: 5, &random) }
        let crew = Crew(workers: 2)
        defer { crew.close() }

        let started = ContinuousClock.now
        let (index, given, moment) = try await real.database.snapshot(as: .retailer(retailer), statementMillisMax: 60_000) { tx in
            let moment = try tx.profileMoment(of: retailer, at: RealRetailers.clock).atClose(of: set.lastDay)
            let index = try tx.shopperIndex(on: moment, crew)
            let unheld = Set(predicates.flatMap(ShopperIndex.unheld))
            return (index, try tx.givenShoppers(for: Array(unheld), on: moment), moment)
        }
        let built = ContinuousClock.now - started
        let oracle = try await real.database.read(as: .retailer(retailer)) { tx in
            try tx.members(of: predicates, on: moment)
        }

        var telling = 0
        for (predicate, members) in zip(predicates, oracle) {
            let found = index.members(of: predicate, given: given)
            #expect(found == members, "\(set): \(String(decoding: predicate.jsonBytes, as: UTF8.self))")
            #expect(index.count(of: predicate, given: given) == members.count)
            if (1..<index.base).contains(members.count) { telling += 1 }
        }
        #expect(telling > predicates.count / 2, "nobody and everybody tell little")
        print("real data: \(set.rawValue) index of \(index.base) shoppers, \(index.byteCount) bytes, built in \(built)")
    }

    private static func tree(of leaves: [Predicate], depth: Int, _ random: inout SeededGenerator) -> Predicate {
        guard depth > 1, Int.random(in: 0...3, using: &random) > 0 else { return leaves.randomElement(using: &random)! }
        let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in tree(of: leaves, depth: depth - 1, &random) }
        return switch Int.random(in: 0...4, using: &random) {
        case 0, 1: .all(parts)
        case 2, 3: .any(parts)
        default: .not(parts[0])
        }
    }
}
