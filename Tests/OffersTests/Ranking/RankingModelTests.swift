import TestSupport
import Testing

@testable import Offers

/// The score of an offer and what it says of itself.
@Suite struct RankingModelTests {
    private static let models = [RankingModel.prior, RankingModel.purchases, everyWeight]

    /// A model in which every feature counts.
    private static let everyWeight = RankingModel(
        version: "every", interceptMillilogits: -3_000, weights: RankingFeature.all.map { 100 + Int32($0.rawValue) * 37 })

    @Test func `doublings are those of 1 and the count, straight between`() {
        #expect([0, 1, 2, 3, 5, 7, 1_023].map(Doublings.of) == [0, 1_000, 1_500, 2_000, 2_500, 3_000, 10_000])
        #expect(Doublings.of(-5) == 0 && Doublings.of(.max) == Doublings.of(1 << 20))
        #expect([0, 1, 1_023, 5_000].map { Doublings.closeness(daysAgo: $0) } == [10_000, 9_000, 0, 0])
        #expect(Doublings.closeness(daysAgo: nil) == 0)
    }

    @Test func `a score is the weights times the values, in whole millilogits`() {
        var weights = RankingFeature.all.map { _ in Int32(0) }
        weights[RankingFeature.productReceipts.rawValue] = 333
        weights[RankingFeature.depth.rawValue] = -2_000
        let model = RankingModel(version: "two", interceptMillilogits: -1_000, weights: weights)
        var features = OfferFeatures()
        (features.productReceipts, features.depthBp) = (5, 1_500)

        // 2.5 doublings of 333, and 0.15 of -2 000.
        #expect(model.score(features) == OfferScore(millilogits: -1_000 + 832 - 300))
        #expect(
            model.explanation(of: features).map(\.feature) == ["base", "product_receipts", "depth"]
                && model.explanation(of: features).map(\.millilogits) == [-1_000, 832, -300])
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `an explanation adds up to the score, the largest parts first`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for model in Self.models {
            for _ in 0..<50 {
                let features = OfferFeatures.drawn(using: &generator)

                let explanation = model.explanation(of: features)

                #expect(explanation.reduce(0) { $0 + $1.millilogits } == model.score(features).millilogits)
                let sizes = explanation.dropFirst().map(\.millilogits.magnitude)
                #expect(sizes == sizes.sorted(by: >) && !sizes.contains(0), "seed \(seed)")
                #expect(Set(explanation.map(\.feature)).count == explanation.count)
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `more use of offers, more purchases or more depth never lower a score`(
        seed: UInt64
    ) {
        var generator = SeededGenerator(seed: seed)
        for model in Self.models {
            for _ in 0..<50 {
                let features = OfferFeatures.drawn(using: &generator)
                for (name, better) in features.betterOnes {
                    #expect(model.score(better) >= model.score(features), "seed \(seed), \(model.version), \(name)")
                }
            }
        }
    }

    @Test func `what was shown and not used counts against a shopper`() {
        var (few, many) = (OfferFeatures(), OfferFeatures())
        (few.redemptions, few.campaignsSeen) = (1, 2)
        (many.redemptions, many.campaignsSeen) = (1, 40)

        #expect(RankingModel.prior.score(few) > RankingModel.prior.score(many))
    }

    @Test func `without redemptions the use of coupons on receipts tells shoppers apart`() {
        var (plain, keen) = (OfferFeatures(), OfferFeatures())
        (plain.lines, keen.lines, keen.couponLines, keen.discountLines) = (200, 200, 10, 120)

        #expect(RankingModel.prior.score(keen).millilogits > RankingModel.prior.score(plain).millilogits + 300)
    }

    @Test(arguments: [Int32.min, -1, .max]) func `numbers out of all bounds are held within them`(number: Int32) {
        var features = OfferFeatures()
        for path in OfferFeatures.numbers { features[keyPath: path] = number }
        (features.recencyDays, features.dueBp, features.redeemedDaysAgo) = (number, number, number)
        let most = RankingModel(
            version: "most", interceptMillilogits: 0, weights: RankingFeature.all.map { _ in RankingModel.weightMax })

        let score = most.score(features)

        #expect(most.explanation(of: features).reduce(0) { $0 + $1.millilogits } == score.millilogits)
        #expect(RankingFeature.all.allSatisfy { (-1...30_000).contains($0.value(in: features)) })
    }

    @Test func `another summand never turns a score around`() {
        let high = OfferScore(millilogits: .max - 5)

        #expect(high.adding(millilogits: 100) == OfferScore(millilogits: .max))
        #expect(OfferScore(millilogits: .min + 5).adding(millilogits: -100) == OfferScore(millilogits: .min))
        #expect(OfferScore(millilogits: -40).adding(millilogits: 15) == OfferScore(millilogits: -25))
    }

    @Test func `every feature has a name of its own`() {
        #expect(Set(RankingFeature.all.map(\.name)).count == RankingFeature.all.count)
    }
}

extension OfferFeatures {
    static var numbers: [WritableKeyPath<OfferFeatures, Int32>] {
        [
            \.productReceipts, \.brandReceipts, \.categoryReceipts, \.receipts, \.spendPlaceBp, \.redemptions,
            \.campaignsRedeemed, \.campaignsSeen, \.similarRedemptions, \.couponLines, \.discountLines, \.lines, \.reachBp,
            \.depthBp,
        ]
    }

    static func drawn(using generator: inout SeededGenerator) -> OfferFeatures {
        var features = OfferFeatures()
        for path in numbers { features[keyPath: path] = Int32.random(in: 0...300, using: &generator) }
        features.lines += features.couponLines + features.discountLines
        features.products = Bought.allCases.randomElement(using: &generator) ?? .never
        features.brands = Bought.allCases.randomElement(using: &generator) ?? .never
        features.categories = Bought.allCases.randomElement(using: &generator) ?? .never
        features.recencyDays = Bool.random(using: &generator) ? Int32.random(in: 0...500, using: &generator) : nil
        features.redeemedDaysAgo = Bool.random(using: &generator) ? Int32.random(in: 0...500, using: &generator) : nil
        features.dueBp = Bool.random(using: &generator) ? Int32.random(in: 0...50_000, using: &generator) : nil
        features.isNovel = Bool.random(using: &generator)
        return features
    }

    /// Each with more of one thing that makes an offer more welcome.
    var betterOnes: [(name: String, features: OfferFeatures)] {
        let more: [(String, WritableKeyPath<OfferFeatures, Int32>)] = [
            ("products", \.productReceipts), ("brands", \.brandReceipts), ("categories", \.categoryReceipts),
            ("spend", \.spendPlaceBp),
            ("redemptions", \.redemptions), ("campaigns", \.campaignsRedeemed), ("similar", \.similarRedemptions),
            ("coupons", \.couponLines), ("discounts", \.discountLines), ("reach", \.reachBp), ("depth", \.depthBp),
        ]
        var better = more.map { name, path in
            var features = self
            features[keyPath: path] += 40
            return (name: name, features: features)
        }
        var late = self
        (late.products, late.brands, late.categories) = (.within30Days, .within30Days, .within30Days)
        (late.recencyDays, late.redeemedDaysAgo, late.isNovel) = (0, 0, true)
        better.append(("lately", late))
        return better
    }
}
