import TestSupport
import Testing

@testable import RankingEvaluation

@Suite struct PairedBootstrapTests {
    private static func groups(noise: Int64) -> [RankedGroup] {
        var generator = SeededGenerator(seed: 5)
        return (0..<4).map { _ in
            RankedGroup(
                (0..<200).map { shopper in
                    let isUsed = Int.random(in: 0..<8, using: &generator) == 0
                    return (Int32(shopper), (isUsed ? 10 : 0) + Int64.random(in: 0...noise, using: &generator), isUsed)
                })
        }
    }

    @Test func `the same seed gives the same spread, another seed another one`() {
        let (good, bad) = (Self.groups(noise: 15), Self.groups(noise: 60))
        let run = { seed in PairedBootstrap(households: 200, draws: 40, seed: seed).compare(good, with: bad) }

        #expect(run(1) == run(1))
        #expect(run(1) != run(2))
    }

    @Test func `a better score is better in every draw, and equal ones differ in none`() throws {
        let (good, bad) = (Self.groups(noise: 12), Self.groups(noise: 90))
        let bootstrap = PairedBootstrap(households: 200, draws: 60, seed: 9)

        let better = try #require(bootstrap.compare(good, with: bad))
        let equal = try #require(bootstrap.compare(good, with: good))

        #expect(better.aucDifference.low > 0 && better.aucDifference.low <= better.aucDifference.high)
        #expect(better.auc.standardError > 0 && better.lift.standardError > 0)
        #expect(equal.aucDifference == PairedBootstrap.Spread(low: 0, high: 0, standardError: 0))
    }

    @Test func `without offers there is no spread`() {
        #expect(PairedBootstrap(households: 3, draws: 5, seed: 1).compare([], with: []) == nil)
    }
}
