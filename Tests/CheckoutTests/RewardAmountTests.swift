import Campaigns
import Checkout
import Kernel
import Offers
import Receipts
import TestSupport
import Testing

/// The arithmetic of DOMAIN 2 and 3, by examples worked by hand.
@Suite struct RewardAmountTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let name: String
        let quantityMilli: Int64
        let unit: LineUnit
        let base: Int64
        let reward: Reward
        var cap: Int64 = 1_000_000
        var step: Int64 = 1
        var minimum: Int64?
        var clips = true
        var units: Int64 = .max
        let expected: Result<RewardAmount, RewardAmount.Nothing>

        var testDescription: String { name }
    }

    static let percent15 = Reward.percentOff(BasisPoints(stored: 1500))

    static let examples = [
        Example(
            name: "15 % of 3 pieces at 99.99", quantityMilli: 3000, unit: .piece, base: 29_997, reward: percent15,
            expected: .success(.of(3, 4_500))),
        Example(
            name: "the step works for the shopper", quantityMilli: 2000, unit: .piece, base: 19_998, reward: percent15,
            step: 100, expected: .success(.of(2, 2 * (9_999 - 8_400)))),
        Example(
            name: "a base that does not divide is computed once", quantityMilli: 3000, unit: .piece, base: 10_000,
            reward: percent15, expected: .success(.of(3, 1_500))),
        Example(
            name: "weighed goods are one unit a line", quantityMilli: 1_235, unit: .kg, base: 30_863, reward: percent15,
            expected: .success(.of(1, 4_629))),
        Example(
            name: "an amount off each kilogram", quantityMilli: 1_500, unit: .kg, base: 30_000, reward: .amountOff(minor: 1_001),
            expected: .success(.of(1, 1_502))),
        Example(
            name: "an amount is never more than the base", quantityMilli: 2000, unit: .piece, base: 1_000,
            reward: .amountOff(minor: 700), expected: .success(.of(2, 1_000))),
        Example(
            name: "a fixed price is reached from the base", quantityMilli: 2000, unit: .piece, base: 25_000,
            reward: .fixedPrice(minor: 9_900), expected: .success(.of(2, 2 * 2_600))),
        Example(
            name: "a fixed price above the base is no benefit", quantityMilli: 1000, unit: .piece, base: 9_000,
            reward: .fixedPrice(minor: 9_900), expected: .failure(.noBenefit)),
        Example(
            name: "a percentage above the cap is capped", quantityMilli: 2000, unit: .piece, base: 20_000, reward: percent15,
            cap: 1_000, expected: .success(.of(2, 2_000))),
        Example(
            name: "a fixed price above the cap is withheld", quantityMilli: 1000, unit: .piece, base: 20_000,
            reward: .fixedPrice(minor: 9_900), cap: 5_000, expected: .failure(.priceMoved)),
        Example(
            name: "below the minimum price it is clipped", quantityMilli: 2000, unit: .piece, base: 20_000, reward: percent15,
            minimum: 9_000, expected: .success(.of(2, 2_000))),
        Example(
            name: "or withheld, as the policy says", quantityMilli: 2000, unit: .piece, base: 20_000, reward: percent15,
            minimum: 9_000, clips: false, expected: .failure(.notAllowedAtThisPrice)),
        Example(
            name: "at the minimum already", quantityMilli: 1000, unit: .piece, base: 9_000, reward: percent15, minimum: 9_000,
            expected: .failure(.notAllowedAtThisPrice)),
        Example(
            name: "only the units that a limit leaves", quantityMilli: 5000, unit: .piece, base: 50_000, reward: percent15,
            units: 2, expected: .success(.of(2, 3_000))),
        Example(
            name: "the largest quantity and the largest cap", quantityMilli: 1_000_000_000_000, unit: .kg, base: 30_000,
            reward: percent15, cap: Money.bound, expected: .success(.of(1, 4_500))),
        Example(
            name: "the largest quantity and the largest amount off", quantityMilli: 1_000_000_000_000, unit: .kg, base: 30_000,
            reward: .amountOff(minor: Money.bound), cap: Money.bound, expected: .success(.of(1, 30_000))),
        Example(
            name: "the largest quantity and the largest minimum", quantityMilli: 1_000_000_000_000, unit: .kg, base: 30_000,
            reward: percent15, minimum: Money.bound, expected: .failure(.notAllowedAtThisPrice)),
        Example(
            name: "quantity nothing", quantityMilli: 0, unit: .piece, base: 0, reward: percent15,
            expected: .failure(.noQuantity)),
        Example(name: "half up", quantityMilli: 1000, unit: .piece, base: 10, reward: percent15, expected: .success(.of(1, 2))),
        Example(
            name: "so little that nothing is left of it", quantityMilli: 1000, unit: .piece, base: 3, reward: percent15,
            expected: .failure(.noBenefit)),
    ]

    @Test(arguments: examples)
    func `a reward takes off what the rules say`(example: Example) {
        let line = BasketLine(
            lineNo: 1, product: 1, quantityMilli: example.quantityMilli, unit: example.unit, regularMinor: example.base,
            baseMinor: example.base)
        let result = Result { () throws(RewardAmount.Nothing) in
            try RewardAmount.on(
                line, units: example.units, reward: example.reward,
                terms: CampaignProductTerms(recordedBaseMinor: nil, discountMaxPerUnitMinor: example.cap),
                rules: .init(
                    priceStepMinor: example.step, minimumUnitPriceMinor: example.minimum, clipsAtMinimum: example.clips))
        }
        #expect(result == example.expected)
    }

    @Test func `whatever the numbers, the shopper pays between the minimum and the base`() throws {
        var generator = SeededGenerator(seed: 42)
        for round in 0..<20_000 {
            let line = BasketLine.random(using: &generator)
            let reward = Reward.random(using: &generator)
            let minimum = Bool.random(using: &generator) ? Int64.random(in: 0...2_000, using: &generator) : nil
            let rules = RewardAmount.Rules(
                priceStepMinor: [1, 10, 100].randomElement(using: &generator)!, minimumUnitPriceMinor: minimum,
                clipsAtMinimum: Bool.random(using: &generator))
            let cap = Int64.random(in: 0...3_000, using: &generator)
            guard
                let discount = try? RewardAmount.on(
                    line, units: .max, reward: reward,
                    terms: CampaignProductTerms(recordedBaseMinor: nil, discountMaxPerUnitMinor: cap), rules: rules)
            else { continue }
            let paid = line.baseMinor - discount.amountMinor
            let lowest = minimum.map { Int64(Int128($0) * Int128(line.quantityMilli) / 1000) } ?? 0
            let most = Int64(Int128(cap) * Int128(line.quantityMilli) / 1000) + 1
            #expect(discount.amountMinor > 0, "seed 42, round \(round)")
            #expect(paid >= lowest, "seed 42, round \(round)")
            #expect(discount.amountMinor <= most, "seed 42, round \(round)")
        }
    }
}

extension RewardAmount {
    static func of(_ units: Int64, _ amount: Int64) -> RewardAmount { RewardAmount(units: units, amountMinor: amount) }
}

extension BasketLine {
    static func random(using generator: inout SeededGenerator) -> BasketLine {
        let isPiece = Bool.random(using: &generator)
        let quantity =
            isPiece ? Int64.random(in: 0...8, using: &generator) * 1000 : Int64.random(in: 0...5_000, using: &generator)
        let base = Int64.random(in: 0...20_000, using: &generator)
        return BasketLine(
            lineNo: 1, product: 1, quantityMilli: quantity, unit: isPiece ? .piece : .kg, regularMinor: base, baseMinor: base)
    }
}

extension Reward {
    static func random(using generator: inout SeededGenerator) -> Reward {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: .percentOff(BasisPoints(stored: Int32.random(in: 1...10_000, using: &generator)))
        case 1: .amountOff(minor: Int64.random(in: 1...5_000, using: &generator))
        default: .fixedPrice(minor: Int64.random(in: 0...5_000, using: &generator))
        }
    }
}
