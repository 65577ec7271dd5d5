import TestSupport
import Testing

@testable import RankingEvaluation

/// AUC and lift, against cases counted by hand.
@Suite struct RankedGroupTests {
    private static func group(_ scores: [Int64], users: Set<Int>) -> RankedGroup {
        RankedGroup(scores.enumerated().map { (Int32($0.offset), $0.element, users.contains($0.offset)) })
    }

    @Test func `every pair that a score puts in order counts, a tie counts half`() {
        // Users at 5 and 2; others at 5, 1, 1, 1. Of 8 pairs: 3 + 1/2 for the first, 3 for the second.
        let measure = Self.group([5, 5, 2, 1, 1, 1], users: [0, 2]).measure

        #expect(measure?.auc == 6.5 / 8)
        #expect(measure?.users == 2)
    }

    @Test func `a perfect score is 1, a turned one 0, a constant one a half`() {
        #expect(Self.group([9, 8, 2, 1], users: [0, 1]).measure?.auc == 1)
        #expect(Self.group([1, 2, 8, 9], users: [0, 1]).measure?.auc == 0)
        #expect(Self.group([7, 7, 7, 7], users: [0, 1]).measure?.auc == 0.5)
    }

    @Test func `lift counts the users in the best tenth, of a tie at its border as much as fits`() {
        // Of 20 the best tenth is 2: one user for certain, and of the tie of four with two users one in four places.
        var scores = [Int64](repeating: 1, count: 20)
        (scores[0], scores[1], scores[2], scores[3], scores[4]) = (9, 5, 5, 5, 5)
        let group = Self.group(scores, users: [0, 1, 2, 10])

        // 1.5 of 4 users in a tenth of the shoppers.
        #expect(group.measure?.lift == 1.5 / 4 / 0.1)
        #expect(Self.group([Int64](repeating: 3, count: 20), users: [0, 7]).measure?.lift == 1)
    }

    @Test func `a tenth that is no whole number of shoppers takes a part of one`() {
        // Of 5 the best tenth is half a shopper, who is a user.
        #expect(Self.group([5, 4, 3, 2, 1], users: [0]).measure?.lift == 0.5 / 0.1)
    }

    @Test func `without users, or without others, there is nothing to measure`() {
        #expect(Self.group([1, 2, 3], users: []).measure == nil)
        #expect(Self.group([1, 2, 3], users: [0, 1, 2]).measure == nil)
        #expect(Self.group([], users: []).measure == nil)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `it is what counting all pairs gives, also with shoppers drawn several times`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        let scores = (0..<40).map { _ in Int64.random(in: 0...9, using: &generator) }
        let users = Set((0..<40).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 } + [0])
        let counts = (0..<40).map { _ in Int32.random(in: 0...3, using: &generator) }
        var (won, pairs) = (0.0, 0.0)
        for user in users {
            for other in 0..<40 where !users.contains(other) {
                let weight = Double(counts[user] * counts[other])
                pairs += weight
                won += weight * (scores[user] > scores[other] ? 1 : scores[user] == scores[other] ? 0.5 : 0)
            }
        }

        let measure = Self.group(scores, users: users).measure(counting: counts)

        #expect(pairs == 0 ? measure == nil : abs((measure?.auc ?? -1) - won / pairs) < 1e-12, "seed \(seed)")
    }

    @Test func `campaigns count by their users`() {
        let measures = [RankingMeasure(auc: 0.9, lift: 4, users: 3), RankingMeasure(auc: 0.5, lift: 1, users: 1)]

        let mean = RankingMeasure.mean(measures)

        #expect(abs((mean?.auc ?? 0) - 0.8) < 1e-12 && mean?.lift == 3.25 && mean?.users == 4)
        #expect(RankingMeasure.mean([]) == nil)
    }
}
