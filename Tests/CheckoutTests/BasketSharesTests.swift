import Campaigns
import Checkout
import Kernel
import Offers
import Receipts
import TestSupport
import Testing

/// Rewards on several lines together (DOMAIN 3), by examples and by thousands of baskets.
@Suite struct BasketSharesTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let reward: BasketReward
        let lines: [SharedLine]
        var units: Int64 = .max
        /// By line: units and amount.
        let shares: [[Int64]]
        var nothing: BasketShares.Nothing?

        var testDescription: String { name }
    }

    static let threeForTwo = BasketReward.nForM(take: 3, payFor: 2)
    static let examples: [Example] = [
        Example(
            name: "3 for 2 of one line", reward: threeForTwo, lines: [.of(1, pieces: 3, base: 30_000)],
            shares: [[1, 3, 10_000]]),
        Example(
            name: "7 pieces are two sets, one stays", reward: threeForTwo, lines: [.of(1, pieces: 7, base: 70_000)],
            shares: [[1, 6, 20_000]]),
        Example(
            name: "the cheapest of three is free, and is split by what they cost", reward: threeForTwo,
            lines: [.of(1, base: 10_000), .of(2, base: 6_000), .of(3, base: 4_000)],
            shares: [[1, 1, 2_000], [2, 1, 1_200], [3, 1, 800]]),
        Example(
            name: "of four the dearest three go together", reward: threeForTwo,
            lines: [.of(1, base: 100), .of(2, base: 1_000), .of(3, base: 900), .of(4, base: 800)],
            shares: [[2, 1, 296], [3, 1, 267], [4, 1, 237]]),
        Example(
            name: "the odd unit goes to the largest remainder, ties to the first line", reward: .nForM(take: 2, payFor: 1),
            lines: [.of(1, base: 5), .of(2, base: 5)], shares: [[1, 1, 3], [2, 1, 2]]),
        Example(
            name: "too few", reward: threeForTwo, lines: [.of(1, pieces: 2, base: 20_000)], shares: [],
            nothing: .incomplete),
        Example(
            name: "a limit that leaves less than what goes together leaves nothing", reward: threeForTwo,
            lines: [.of(1, pieces: 6, base: 60_000)], units: 5, shares: [[1, 3, 10_000]]),
        Example(
            name: "a set at a price", reward: set(.price(minor: 15_000)),
            lines: [.of(1, base: 10_000, part: 0), .of(2, base: 10_000, part: 1)], shares: [[1, 1, 2_500], [2, 1, 2_500]]),
        Example(
            name: "a set that costs no more without", reward: set(.price(minor: 20_000)),
            lines: [.of(1, base: 10_000, part: 0), .of(2, base: 10_000, part: 1)], shares: [], nothing: .noBenefit),
        Example(
            name: "half a set", reward: set(.price(minor: 15_000)), lines: [.of(1, pieces: 4, base: 40_000, part: 0)],
            shares: [], nothing: .incomplete),
        Example(
            name: "a set with a percentage, twice", reward: set(.percentOff(BasisPoints(stored: 1_000))),
            lines: [.of(1, pieces: 2, base: 20_000, part: 0), .of(2, pieces: 3, base: 15_000, part: 1)],
            shares: [[1, 2, 2_000], [2, 2, 1_000]]),
        Example(
            name: "a set with an amount takes the dearest of a part", reward: set(.amountOff(minor: 3_000)),
            lines: [.of(1, base: 10_000, part: 0), .of(2, base: 5_000, part: 1), .of(3, base: 20_000, part: 1)],
            shares: [[1, 1, 1_000], [3, 1, 2_000]]),
        Example(
            name: "a set whose price would need more than is agreed is withheld", reward: set(.price(minor: 1_000)),
            lines: [.of(1, base: 10_000, part: 0, cap: 5_000), .of(2, base: 10_000, part: 1)], shares: [],
            nothing: .priceMoved),
        Example(
            name: "a set that is withheld uses no limit up: the next one is given", reward: set(.price(minor: 9_000)),
            lines: [
                .of(1, base: 20_000, part: 0, cap: 5_000), .of(2, base: 10_000, part: 1), .of(3, base: 5_000, part: 0),
                .of(4, base: 5_000, part: 1),
            ], units: 2, shares: [[3, 1, 500], [4, 1, 500]]),
        Example(
            name: "a percentage of it is capped", reward: threeForTwo, lines: [.of(1, pieces: 3, base: 30_000, cap: 2_000)],
            shares: [[1, 3, 6_000]]),
        Example(
            name: "never below the minimum price", reward: threeForTwo,
            lines: [.of(1, pieces: 3, base: 30_000, minimum: 9_000)], shares: [[1, 3, 3_000]]),
        Example(
            name: "or withheld, as the policy says", reward: threeForTwo,
            lines: [.of(1, pieces: 3, base: 30_000, minimum: 9_000, clips: false)], shares: [],
            nothing: .notAllowedAtThisPrice),
        Example(
            name: "10 % of all lines, rounded once", reward: .percentOff(BasisPoints(stored: 1_000), fromMinor: nil),
            lines: [.of(1, base: 14), .of(2, base: 14), .of(3, base: 14)], shares: [[1, 1, 2], [2, 1, 1], [3, 1, 1]]),
        Example(
            name: "from an amount on", reward: .percentOff(BasisPoints(stored: 1_000), fromMinor: 3_000),
            lines: [.of(1, base: 1_000), .of(2, base: 1_999)], shares: [], nothing: .incomplete),
    ]

    static func set(_ gain: ProductSet.Gain) -> BasketReward {
        .set(
            ProductSet(
                parts: ["p1", "p2"].map { .init(products: [ExternalID(stored: $0)], quantity: 1) }, gain: gain))
    }

    @Test(arguments: examples)
    func `a reward on several lines takes off what the rules say`(example: Example) {
        let found = BasketShares(example.reward, lines: example.lines).shares(units: example.units)

        #expect(found.shares.map { [Int64($0.lineNo), $0.units, $0.amountMinor] } == example.shares)
        #expect(found.nothing == example.nothing)
    }

    @Test func `never negative, never below the minimum or above the cap, the same whatever the order`() {
        for seed in 1...3_000 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let reward = BasketReward.random(using: &generator)
            let lines = (1...Int32.random(in: 1...8, using: &generator)).map { SharedLine.random($0, using: &generator) }
            let units = Int64.random(in: 0...30, using: &generator)
            let shares = BasketShares(reward, lines: lines).shares(units: units).shares

            let shuffled = lines.shuffled(using: &generator)

            #expect(BasketShares(reward, lines: shuffled).shares(units: units).shares == shares, "seed \(seed)")
            #expect(shares.reduce(0) { $0 + $1.units } <= units, "seed \(seed)")
            for share in shares {
                guard let line = lines.first(where: { $0.line.lineNo == share.lineNo }) else { continue }
                let minimum = (line.rules.minimumUnitPriceMinor ?? 0) * share.units
                #expect(share.amountMinor >= 0 && share.units <= line.units, "seed \(seed)")
                #expect(share.amountMinor <= max(0, share.baseMinor - minimum), "seed \(seed)")
                #expect(share.amountMinor <= line.terms.discountMaxPerUnitMinor * share.units, "seed \(seed)")
            }
        }
    }

    @Test func `N for the price of M takes off the most that any grouping does`() {
        for seed in 1...2_000 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let take = Int64.random(in: 2...3, using: &generator)
            let prices = (0..<Int.random(in: 1...7, using: &generator)).map { _ in Int64.random(in: 1...99, using: &generator) }
            let lines = prices.enumerated().map { SharedLine.of(Int32($0 + 1), base: $1) }
            let shares = BasketShares(.nForM(take: take, payFor: take - 1), lines: lines).shares().shares

            #expect(shares.reduce(0) { $0 + $1.amountMinor } == Self.mostFree(prices, Int(take)), "seed \(seed)")
        }
    }

    /// The dearest piece goes with any others, or stays alone.
    private static func mostFree(_ prices: [Int64], _ take: Int) -> Int64 {
        guard prices.count >= take else { return 0 }
        let sorted = prices.sorted(by: >)
        let rest = Array(sorted.dropFirst())
        var most = mostFree(rest, take)
        for one in rest.indices {
            for other in take == 2 ? one...one : (one + 1)...(rest.count) where other < rest.count {
                let group: Set<Int> = [one, other]
                let free = group.map { rest[$0] }.min() ?? 0
                let others = rest.indices.filter { !group.contains($0) }.map { rest[$0] }
                most = max(most, free + mostFree(others, take))
            }
        }
        return most
    }
}

extension SharedLine {
    static func of(
        _ lineNo: Int32, pieces: Int64 = 1, base: Int64, part: Int = 0, cap: Int64 = 1_000_000, minimum: Int64? = nil,
        clips: Bool = true
    ) -> SharedLine {
        SharedLine(
            line: BasketLine(
                lineNo: lineNo, product: lineNo, quantityMilli: pieces * 1000, unit: .piece, regularMinor: base, baseMinor: base),
            units: pieces, terms: CampaignProductTerms(recordedBaseMinor: nil, discountMaxPerUnitMinor: cap, part: part),
            rules: RewardAmount.Rules(minimumUnitPriceMinor: minimum, clipsAtMinimum: clips))
    }

    fileprivate static func random(_ lineNo: Int32, using generator: inout SeededGenerator) -> SharedLine {
        of(
            lineNo, pieces: Int64.random(in: 1...6, using: &generator), base: Int64.random(in: 0...9_999, using: &generator),
            part: Int.random(in: 0...1, using: &generator), cap: Int64.random(in: 1...2_000, using: &generator),
            minimum: Bool.random(using: &generator) ? Int64.random(in: 0...1_500, using: &generator) : nil,
            clips: Bool.random(using: &generator))
    }
}

extension BasketReward {
    static func random(using generator: inout SeededGenerator) -> BasketReward {
        let share = BasisPoints(stored: Int32.random(in: 1...10_000, using: &generator))
        switch Int.random(in: 0...4, using: &generator) {
        case 0:
            let take = Int64.random(in: 2...5, using: &generator)
            return .nForM(take: take, payFor: Int64.random(in: 1..<take, using: &generator))
        case 1: return .percentOff(share, fromMinor: nil)
        case 2: return BasketSharesTests.set(.percentOff(share))
        case 3: return BasketSharesTests.set(.amountOff(minor: Int64.random(in: 1...5_000, using: &generator)))
        default: return BasketSharesTests.set(.price(minor: Int64.random(in: 0...5_000, using: &generator)))
        }
    }
}
