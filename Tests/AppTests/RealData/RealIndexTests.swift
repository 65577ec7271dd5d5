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

/// The index over the published sets, against the oracle.
@Suite struct RealIndexTests {
    private static let predicatesOfSet = 170
    private static let ofStatement = 17

    @Test(.enabled(if: DataSet.arePresent, DataSet.missing), .timeLimit(.minutes(15)), arguments: DataSet.allCases)
    func `170 audiences of each set have the oracle's members, one by one`(set: DataSet) async throws {
        let real = try await RealRetailers.loaded()
        let retailer = try #require(real.retailers[set])
        let crew = Crew(workers: 2)
        defer { crew.close() }
        let predicates = try await RealAudiences.many(Self.predicatesOfSet, of: set, real.files, seed: 18)
        #expect(predicates.count == Self.predicatesOfSet)

        let answers = try await real.database.snapshot(as: .retailer(retailer)) { tx in
            let moment = try tx.profileMoment(of: retailer, at: RealRetailers.clock).atClose(of: set.lastDay)
            let index = try tx.shopperIndex(on: moment, crew)
            let unheld = Set(predicates.flatMap(IndexQuestions.unheld))
            let questions = IndexQuestions(index, given: try tx.givenSets(for: Array(unheld), of: index))
            let found = predicates.map { predicate in
                index.shopperKeys(index.population.members(of: index.population.plan(questions.question(predicate))))
            }
            let expected = try stride(from: 0, to: predicates.count, by: Self.ofStatement).flatMap { first in
                try tx.members(of: Array(predicates[first..<min(predicates.count, first + Self.ofStatement)]), on: moment)
            }
            return Answers(found: found, expected: expected, base: index.keys.count)
        }

        for (place, predicate) in predicates.enumerated() {
            #expect(
                answers.found[place] == answers.expected[place], "\(set): \(String(decoding: predicate.jsonBytes, as: UTF8.self))"
            )
        }
        let telling = answers.expected.count { (1..<answers.base).contains($0.count) }
        #expect(telling > Self.predicatesOfSet / 2, "an audience of nobody or of everybody tells little")
        print("index: \(set.rawValue), \(predicates.count) predicates, \(telling) neither nobody nor all of \(answers.base)")
    }

    private struct Answers: Sendable {
        let found: [[Int64]]
        let expected: [[Int64]]
        let base: Int
    }
}
