import Kernel
import TestSupport
import Testing

@testable import Audiences
@testable import Profiles

/// An attacker who wants to know of one shopper whether it is in a set, and who knows everything else: all other shoppers,
/// whose answers it can compute, and pairs of predicates that differ in that one alone. More than anybody has.
///
/// The noise is a function of the set. So equal answers say that both sets are the same, and one pair is enough: sets that
/// differ are told apart by their noise, whatever its size. What is left to protect a shopper is not to be looked at at all.
@Suite(.computing) struct DifferencingAttackTests {
    /// Each of them once in the set and once not: twice as many trials. Four times what the goal asks for, so that chance
    /// decides less.
    private static let targets = 2_000
    private static let days = 30

    private let noise = CountNoise(key: [UInt8](repeating: 11, count: CountNoise.keyBytes))
    private let retailer = RetailerID(Identifier(high: 3, low: 4))

    /// One set, asked as the service asks it.
    private struct Asker {
        let noise: CountNoise
        let moment: ProfileMoment

        init(_ noise: CountNoise, _ retailer: RetailerID, _ sample: ShopperSample?) {
            self.noise = noise
            let day = BusinessDay("2026-03-01")!
            moment = ProfileMoment(
                retailer: retailer, asOf: day, today: day, windowDays: 90, privacyFloor: 50, zone: "UTC",
                dayStartsAtMinutes: 0, personalOffersDefault: true, sample: sample)
        }

        func isCounted(_ key: Int64) -> Bool { moment.sample?.contains(key) ?? true }

        /// `counted`: those of the set who are in the sample, rising.
        func answer(_ counted: [Int64]) -> SupplierCount {
            SupplierCount(AudienceFacts(guardedSizes: [Int64(counted.count)], members: counted), noise, moment)
        }
    }

    private enum Kind: String, CaseIterable {
        /// The set with the shopper, if it is in, against the set of all others: a bound that moves a step, or a `not`.
        case differencing
        /// The predicate with and without a leaf that everybody else meets: the shopper is in the first if it meets it too.
        case leafDropping
        /// Sets that hold the floor with the shopper and miss it without.
        case floor
        /// Answers, asked in several forms and averaged over the days, against what would be right without the shopper.
        case averaging
    }

    /// How many of the trials are guessed right.
    private func rightGuesses(_ kind: Kind, of asker: Asker) -> Int {
        var random = SeededGenerator(seed: 1)
        let others = Array(Int64(1)...1_000).filter(asker.isCounted)
        var right = 0
        for target in Int64(10_000)..<Int64(10_000 + Self.targets) {
            let counted = asker.isCounted(target) ? [target] : []
            for isIn in [true, false] {
                let crowds = (0..<Self.days).map { _ in crowd(kind, others, asker, &random) }
                if guess(kind, asker, crowds, isIn ? counted : [], target: counted) == isIn { right += 1 }
            }
        }
        return right
    }

    /// `mine`: the shopper, where it is in the set and counted. A crowd is of all others in a day's sets.
    private func guess(_ kind: Kind, _ asker: Asker, _ crowds: [[Int64]], _ mine: [Int64], target: [Int64]) -> Bool {
        switch kind {
        case .differencing, .floor: return crowds.contains { asker.answer($0 + mine) != asker.answer($0) }
        case .leafDropping: return !crowds.contains { asker.answer($0 + mine) != asker.answer($0 + target) }
        case .averaging:
            let excess = crowds.map { crowd -> Int64 in
                let answers = Set((0..<3).map { _ in asker.answer(crowd + mine) })
                guard answers.count == 1, case .about(let shown)? = answers.first else { return 0 }
                return shown - Int64(crowd.count) * asker.moment.weight
            }
            return Double(excess.reduce(0, +)) / Double(excess.count) > Double(asker.moment.weight) / 2
        }
    }

    /// Everybody else in the set, as far as counted: at the floor, the last who would hold it is missing.
    private func crowd(_ kind: Kind, _ others: [Int64], _ asker: Asker, _ random: inout SeededGenerator) -> [Int64] {
        let least = Int((50 + asker.moment.weight - 1) / asker.moment.weight)
        let count = kind == .floor ? least - 1 : Int.random(in: (least + 3)..<(least + 15), using: &random)
        let first = Int.random(in: 0...(others.count - count), using: &random)
        return Array(others[first..<first + count])
    }

    @Test(arguments: Kind.allCases)
    private func `a month of attacks on one shopper, by all suppliers in league, is right in at most 55 of 100 cases`(kind: Kind)
    {
        let sample = ShopperSample(oneIn: SupplierSampling.oneInDefault, seed: noise.sampleSeed(of: retailer))

        let right = rightGuesses(kind, of: Asker(noise, retailer, sample))

        print("\(kind.rawValue): \(right) of \(2 * Self.targets) right")
        #expect(right <= 2 * Self.targets * 55 / 100)
    }

    /// What the sample is for, and that these attacks are attacks.
    @Test(arguments: [Kind.differencing, .leafDropping, .floor])
    private func `without the sample the same attacks are right nearly always`(kind: Kind) {
        let right = rightGuesses(kind, of: Asker(noise, retailer, nil))

        print("\(kind.rawValue) of everybody: \(right) of \(2 * Self.targets) right")
        #expect(right >= 2 * Self.targets * 95 / 100)
    }
}
