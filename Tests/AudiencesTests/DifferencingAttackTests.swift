import Kernel
import TestSupport
import Testing

@testable import Audiences

/// An attacker who wants to know of one shopper whether it is in a set, and who knows everything else: how large every set
/// is without that shopper, and which pairs of predicates differ in it alone. More than anybody has. It asks pairs of
/// predicates with and without what the shopper is in (by a bound that moves a step, or by a leaf that is dropped), adds up
/// the differences, and guesses.
@Suite struct DifferencingAttackTests {
    private static let trials = 1_000
    private static let floor: Int32 = 50
    private static let pairsOfDay = Int(PredicateBudget.predicatesMax) / 2

    /// How many of the trials are guessed right by whoever has so many pairs, each answered by `answer(size, trial, pair)`.
    private func rightGuesses(_ pairs: Int, seed: UInt64, answer: (Int64, inout SeededGenerator) -> SupplierCount) -> Int {
        var random = SeededGenerator(seed: seed)
        return (0..<Self.trials).count { _ in
            let isMember = Bool.random(using: &random)
            var (seen, expected) = (0.0, 0.0)
            for _ in 0..<pairs {
                let others = Int64.random(in: 400...4_000, using: &random)
                let with = answer(others + (isMember ? 1 : 0), &random)
                let without = answer(others, &random)
                guard case .about(let one) = with, case .about(let other) = without else { continue }
                seen += Double(one - other)
                expected += 0.5
            }
            return (seen > expected) == isMember
        }
    }

    /// The noise of the service itself, over sets that are all different.
    private func drawn(_ noise: CountNoise, _ retailer: RetailerID) -> (Int64, inout SeededGenerator) -> SupplierCount {
        { size, random in
            let members = (0..<8).map { _ in Int64.random(in: 0...Int64.max, using: &random) }.sorted()
            return .of(exact: size, draw: noise.draw(for: members, of: retailer), floor: Self.floor)
        }
    }

    /// Nearly the same distribution, drawn faster: twelve even draws summed.
    private func normal(_ size: Int64, _ random: inout SeededGenerator) -> SupplierCount {
        let sum = (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 }
        return .of(exact: size, draw: sum, floor: Self.floor)
    }

    @Test func `a day's whole budget spent on one shopper guesses right in at most 55 of 100 cases`() {
        let noise = CountNoise(key: [UInt8](repeating: 11, count: CountNoise.keyBytes))
        let retailer = RetailerID(Identifier(high: 3, low: 4))
        let right = rightGuesses(Self.pairsOfDay, seed: 1, answer: drawn(noise, retailer))
        print("differencing: \(right) of \(Self.trials) right after a day")
        #expect(right <= Self.trials * 55 / 100)
    }

    @Test func `to ask the same again, on any day of the week and in any form, tells nothing more`() {
        let noise = CountNoise(key: [UInt8](repeating: 12, count: CountNoise.keyBytes))
        let retailer = RetailerID(Identifier(high: 3, low: 4))
        var random = SeededGenerator(seed: 2)
        let right = (0..<Self.trials).count { trial in
            let isMember = Bool.random(using: &random)
            let others = (0..<200).map { Int64(trial * 1_000 + $0) }
            let asked = isMember ? others + [Int64(trial * 1_000 + 999)] : others
            let answers = (0..<300).map { _ in
                SupplierCount.of(exact: Int64(asked.count), draw: noise.draw(for: asked, of: retailer), floor: Self.floor)
            }
            guard Set(answers).count == 1, case .about(let shown) = answers[0] else { return !isMember }
            return (shown > 200) == isMember
        }
        print("averaging: \(right) of \(Self.trials) right")
        #expect(right <= Self.trials * 55 / 100)
    }

    /// Not within 55 of 100: what a month of the whole budget on one shopper reaches when all else is known. The threat model
    /// says so; this holds that it is no more.
    @Test func `a month of whole days guesses right in no more than seven of ten cases`() {
        let right = rightGuesses(30 * Self.pairsOfDay, seed: 3) { size, random in normal(size, &random) }
        print("differencing: \(right) of \(Self.trials) right after 30 days")
        #expect(right <= Self.trials * 72 / 100)
    }
}
