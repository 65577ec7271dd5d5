import Campaigns
import Checkout
import Kernel
import Offers
import Receipts
import TestSupport
import Testing

/// How offers share a basket: each line's best, groups in an order, several lines together (DOMAIN 7).
@Suite(.computing) struct StackingTests {
    @Test func `what goes together wins a line only where the whole basket is cheaper by it`() {
        let together = Offering.make(1, .basket(.nForM(take: 3, payFor: 2)))
        let weak = Offering.make(2, .percentOff(BasisPoints(stored: 1_000)))
        let strong = Offering.make(3, .percentOff(BasisPoints(stored: 4_000)))
        let lines = (1...3).map { BasketLine.of($0, base: 10_000) }

        #expect(decide(lines, [together, weak]).discounts.map(\.campaign) == [together.id, together.id, together.id])
        #expect(decide(lines, [together, weak]).discounts.map(\.amountMinor) == [3_334, 3_333, 3_333])
        #expect(decide(lines, [together, strong]).discounts.map(\.campaign) == [strong.id, strong.id, strong.id])
        #expect(decide(lines, [together, strong]).refused.map(\.reason) == [.betterOffer, .betterOffer, .betterOffer])
    }

    @Test func `what is missing for a set is a reason`() {
        let together = Offering.make(1, .basket(.nForM(take: 3, payFor: 2)))
        let two = decide([.of(1, pieces: 2, base: 20_000)], [together])
        let four = decide([.of(1, pieces: 4, base: 40_000)], [together])

        #expect(two.discounts.isEmpty)
        #expect(two.refused == [.init(lineNo: 1, campaign: together.id, reason: .setIncomplete)])
        #expect(four.discounts.map(\.units) == [3])
        #expect(four.refused == [.init(lineNo: 1, campaign: together.id, reason: .setIncomplete, units: 1)])
    }

    @Test func `limits and money leave whole sets`() {
        let limited = Offering.make(1, .basket(.nForM(take: 3, payFor: 2)), limits: CampaignLimits(unitsPerReceipt: 5))
        let key = LimitKey(campaign: limited.id, counter: .receipt, subject: "", period: "")
        let byLimit = decide([.of(1, pieces: 6, base: 60_000)], [limited], units: [key: 5])
        let byMoney = decide([.of(1, pieces: 6, base: 60_000)], [Offering.make(1, limited.reward)], money: 19_999)

        #expect(byLimit.discounts.map { [$0.units, $0.amountMinor] } == [[3, 10_000]])
        #expect(byLimit.refused.map(\.reason) == [.limitReached])
        #expect(byMoney.discounts.map { [$0.units, $0.amountMinor] } == [[3, 10_000]])
        #expect(byMoney.refused.map(\.reason) == [.budgetExhausted])
    }

    @Test func `a limit of a line leaves the units beyond it undiscounted`() {
        let campaign = Offering.make(1, .percentOff(BasisPoints(stored: 1_000)), limits: CampaignLimits(unitsPerLine: 2))
        let decision = decide([.of(1, pieces: 5, base: 50_000), .of(2, pieces: 1, base: 10_000)], [campaign])

        #expect(decision.discounts.map { [$0.units, $0.amountMinor] } == [[2, 2_000], [1, 1_000]])
        #expect(decision.refused == [.init(lineNo: 1, campaign: campaign.id, reason: .limitReached, units: 3)])
    }

    @Test func `a limited offer goes where it gives most beyond the others`() {
        // Two units of 20 %; the dear line has 15 % anyway, the cheap one nothing.
        let limited = Offering.make(1, .percentOff(BasisPoints(stored: 2_000)), limits: CampaignLimits(unitsPerReceipt: 1))
        let other = Offering.make(2, .percentOff(BasisPoints(stored: 1_500)), products: [1])
        let key = LimitKey(campaign: limited.id, counter: .receipt, subject: "", period: "")
        let decision = decide([.of(1, base: 10_000), .of(2, product: 2, base: 9_000)], [limited, other], units: [key: 1])

        #expect(decision.discounts.map { [$0.lineNo, Int32($0.amountMinor)] } == [[1, 1_500], [2, 1_800]])
        #expect(decision.discounts.map(\.campaign) == [other.id, limited.id])
    }

    @Test func `groups stack in their order on what the earlier left, and one of a group excludes the others`() {
        let shops = Offering.make(1, .percentOff(BasisPoints(stored: 1_000)), group: "shop")
        let better = Offering.make(2, .percentOff(BasisPoints(stored: 2_000)), group: "shop")
        let suppliers = Offering.make(3, .amountOff(minor: 500), group: "supplier")
        let none = Offering.make(4, .percentOff(BasisPoints(stored: 5_000)))
        let stacking = Stacking.inOrder(["shop", "supplier"])
        let decision = decide([.of(1, base: 10_000)], [none, suppliers, shops, better], stacking: stacking)

        #expect(
            decision.discounts.map {
                [Int64($0.campaign == better.id ? 2 : $0.campaign == suppliers.id ? 3 : 4), $0.amountMinor]
            }
                == [[2, 2_000], [3, 500], [4, 3_750]])
        #expect(decision.refused == [.init(lineNo: 1, campaign: shops.id, reason: .betterOffer)])
    }

    @Test func `the largest basket at the largest amounts is decided`() {
        let campaigns = [
            Offering.make(1, .basket(.nForM(take: 3, payFor: 2)), cap: Money.bound),
            Offering.make(
                2, .percentOff(BasisPoints(stored: 9_000)), limits: CampaignLimits(unitsPerReceipt: 7), cap: Money.bound),
            Offering.make(3, .basket(.percentOff(BasisPoints(stored: 5_000), fromMinor: 1)), cap: Money.bound),
        ]
        let key = LimitKey(campaign: campaigns[1].id, counter: .receipt, subject: "", period: "")
        let lines = (1...QuoteRequest.linesMax).map { BasketLine.of($0, product: Int32($0 % 3) + 1, base: Money.bound) }
        let decision = decide(lines, campaigns, money: .max, units: [key: 7])

        // Half of each line is more than a third of it; the seven best units get more still.
        #expect(decision.discounts.count == lines.count)
        #expect(decision.discounts.allSatisfy { $0.amountMinor >= Money.bound / 2 })
        #expect(decision.discounts.count { $0.campaign == campaigns[1].id } == 7)
    }

    @Test func `whatever stacks, nothing is sold below its minimum price, in any order of lines and offers`() {
        for seed in 1...1_500 as ClosedRange<UInt64> {
            var random = RandomBasket(seed: seed)
            let stacking = random.stacking()
            let decision = random.decide(stacking: stacking)
            let shuffled = random.shuffled().decide(stacking: stacking)

            #expect(decision == shuffled, "seed \(seed)")
            for line in random.lines {
                let discounts = decision.discounts.filter { $0.lineNo == line.lineNo }
                let total = discounts.reduce(0) { $0 + $1.amountMinor }
                #expect(discounts.allSatisfy { $0.amountMinor > 0 && $0.units > 0 && $0.units <= line.units }, "seed \(seed)")
                #expect(total == 0 || line.baseMinor - total >= RandomBasket.minimum * line.units, "seed \(seed)")
                #expect(total <= line.baseMinor, "seed \(seed)")
            }
            for campaign in random.campaigns {
                let mine = decision.discounts.filter { $0.campaign == campaign.id }
                #expect(mine.reduce(0) { $0 + $1.amountMinor + $1.split.feeMinor } <= random.money, "seed \(seed)")
                #expect(mine.reduce(0) { $0 + $1.units } <= campaign.limits.unitsPerReceipt ?? .max, "seed \(seed)")
            }
        }
    }

    @Test func `with the best offer one more never makes the shopper pay more`() {
        for seed in 1...2_000 as ClosedRange<UInt64> {
            let more = RandomBasket(seed: seed)
            let fewer = more.withoutLastOffer
            let (after, before) = (more.decide(stacking: .bestOffer), fewer.decide(stacking: .bestOffer))
            let totals = [after, before].map { $0.discounts.reduce(0) { $0 + $1.amountMinor } }

            #expect(totals[0] >= totals[1], "seed \(seed)")
        }
    }

    private func decide(
        _ lines: [BasketLine], _ campaigns: [RunningCampaign], money: Int64 = 1_000_000, units: [LimitKey: Int64] = [:],
        stacking: Stacking = .bestOffer
    ) -> QuoteDecision {
        Offering.decide(lines, campaigns, money: money, units: units, stacking: stacking)
    }
}

/// Campaigns that run, each on an account of its own.
enum Offering {
    static let noon = Instant("2026-03-02T12:00:00Z")!

    static func make(
        _ number: UInt64, _ reward: Reward, limits: CampaignLimits = CampaignLimits(), products: Set<Int32> = [1, 2, 3],
        group: String = "", fee: Int32 = 0, cap: Int64 = 1_000_000
    ) -> RunningCampaign {
        let isSet = reward.basket.map { $0.quantities.count > 1 } ?? false
        return RunningCampaign(
            id: CampaignID(Identifier(high: 0, low: number)), version: 1, supplier: nil, agreement: nil, name: "campaign",
            state: .running, reward: reward,
            products: Dictionary(
                products.map {
                    (
                        $0,
                        CampaignProductTerms(recordedBaseMinor: nil, discountMaxPerUnitMinor: cap, part: isSet && $0 == 2 ? 1 : 0)
                    )
                }
            ) { first, _ in first }, stores: nil, startsAtLocal: noon.adding(seconds: -1), endsAtLocal: noon.adding(seconds: 1),
            settlesUntil: nil, launchedAt: Instant(microseconds: Int64(number)), limits: limits, fee: BasisPoints(stored: fee),
            isForEveryone: true,
            shares: [
                FundingShare(
                    kind: .remainder, account: Identifier(high: 2, low: number), wallet: Identifier(high: 3, low: number),
                    isSuppliers: true, capMinor: nil)
            ], stackingGroup: group)
    }

    static func decide(
        _ lines: [BasketLine], _ campaigns: [RunningCampaign], money: Int64, units: [LimitKey: Int64] = [:],
        stacking: Stacking, minimum: Int64? = nil
    ) -> QuoteDecision {
        QuoteDecision(
            Basket(store: 1, businessDay: noon.utcDay, localTime: noon, shopper: nil, lines: lines), campaigns: campaigns,
            rules: { _ in RewardAmount.Rules(minimumUnitPriceMinor: minimum) },
            availability: Availability(
                money: Dictionary(campaigns.map { ($0.shares[0].account, money) }) { first, _ in first }, units: units),
            stacking: stacking)
    }
}

extension BasketLine {
    static func of(_ lineNo: Int, product: Int32 = 1, pieces: Int64 = 1, base: Int64) -> BasketLine {
        BasketLine(
            lineNo: Int32(lineNo), product: product, quantityMilli: pieces * 1000, unit: .piece, regularMinor: base,
            baseMinor: base)
    }
}

/// A basket and offers of every kind, with limits that bind and money that runs out.
private struct RandomBasket {
    static let minimum: Int64 = 40

    private(set) var lines: [BasketLine]
    private(set) var campaigns: [RunningCampaign]
    let money: Int64
    private var generator: SeededGenerator

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        lines = (1...Int.random(in: 1...6, using: &generator)).map { number in
            BasketLine.of(
                number, product: Int32.random(in: 1...3, using: &generator), pieces: Int64.random(in: 1...4, using: &generator),
                base: Int64.random(in: 0...4_000, using: &generator))
        }
        campaigns = (1...UInt64.random(in: 1...5, using: &generator)).map { number in
            let reward =
                Bool.random(using: &generator)
                ? Reward.basket(.random(using: &generator)) : Reward.random(using: &generator)
            let limits = CampaignLimits(
                unitsPerReceipt: Bool.random(using: &generator) ? Int64.random(in: 1...6, using: &generator) : nil)
            let products = Set((1...3 as ClosedRange<Int32>).filter { _ in Bool.random(using: &generator) })
            let group = ["", "a", "b"].randomElement(using: &generator) ?? ""
            return Offering.make(number, reward, limits: limits, products: products, group: group, fee: 500)
        }
        money = Int64.random(in: 0...20_000, using: &generator)
        self.generator = generator
    }

    mutating func stacking() -> Stacking {
        Bool.random(using: &generator) ? .bestOffer : .inOrder(["a", "b"].shuffled(using: &generator))
    }

    mutating func shuffled() -> RandomBasket {
        var other = self
        other.lines.shuffle(using: &generator)
        other.campaigns.shuffle(using: &generator)
        return other
    }

    var withoutLastOffer: RandomBasket {
        var other = self
        other.campaigns.removeLast()
        return other
    }

    func decide(stacking: Stacking) -> QuoteDecision {
        let units = campaigns.compactMap { campaign in
            campaign.limits.unitsPerReceipt.map {
                (LimitKey(campaign: campaign.id, counter: .receipt, subject: "", period: ""), $0)
            }
        }
        return Offering.decide(
            lines, campaigns, money: money, units: Dictionary(units) { first, _ in first }, stacking: stacking,
            minimum: Self.minimum)
    }
}
