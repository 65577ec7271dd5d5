import Campaigns
import Checkout
import Kernel
import Offers
import Receipts
import TestSupport
import Testing

@Suite(.computing) struct QuoteDecisionTests {
    @Test func `each line gets its best single offer, and the others say why not`() {
        let (weak, strong) = (Campaign.make(1, percent: 1_000), Campaign.make(2, percent: 2_000))
        let decision = decide([.piece(1, base: 10_000)], [weak, strong])

        #expect(decision.discounts.map(\.campaign) == [strong.id])
        #expect(decision.discounts.map(\.amountMinor) == [2_000])
        #expect(decision.refused == [.init(lineNo: 1, campaign: weak.id, reason: .betterOffer)])
    }

    @Test func `a limit is shared by equal products on several lines`() {
        let campaign = Campaign.make(1, percent: 1_000, limits: CampaignLimits(unitsPerReceipt: 3))
        let lines = [BasketLine.piece(1, quantity: 2, base: 20_000), .piece(2, quantity: 2, base: 20_000)]
        let key = LimitKey(campaign: campaign.id, counter: .receipt, subject: "", period: "")
        let decision = decide(lines, [campaign], units: [key: 3])

        #expect(
            decision.discounts.map { [$0.lineNo, Int32($0.units), Int32($0.amountMinor)] } == [[1, 2, 2_000], [2, 1, 1_000]])
    }

    @Test func `money that pays only a part discounts that part`() {
        let campaign = Campaign.make(1, percent: 1_000, fee: 1_000)
        let decision = decide([.piece(1, quantity: 5, base: 50_000)], [campaign], money: 3_500)

        #expect(decision.discounts.map(\.units) == [3])
        #expect(decision.discounts.map(\.amountMinor) == [3_000])
        #expect(decision.discounts.map(\.split.feeMinor) == [300])
        #expect(decision.refused == [.init(lineNo: 1, campaign: campaign.id, reason: .budgetExhausted, units: 2)])
    }

    @Test func `a line that limits and money cover in part says how much each of them keeps from it`() {
        let campaign = Campaign.make(1, percent: 1_000, limits: CampaignLimits(units: 4))
        let key = LimitKey(campaign: campaign.id, counter: .campaign, subject: "", period: "")
        let decision = decide([.piece(1, quantity: 5, base: 50_000)], [campaign], money: 3_000, units: [key: 4])

        #expect(decision.discounts.map(\.units) == [3])
        #expect(decision.refused.map(\.reason) == [.limitReached, .budgetExhausted])
        #expect(decision.refused.map(\.units) == [1, 1])
    }

    @Test func `every reason has words in every language`() {
        #expect(QuoteReason.languagesWithout == [:])
    }

    @Test func `an empty budget is a reason`() {
        let campaign = Campaign.make(1, percent: 1_000)
        let decision = decide([.piece(1, base: 10_000)], [campaign], money: 999)

        #expect(decision.discounts.isEmpty)
        #expect(decision.refused.map(\.reason) == [.budgetExhausted])
    }

    @Test(
        arguments: [
            (CampaignState.paused, 0, Optional<Set<Int32>>.none, true, QuoteReason.paused), (.ended, 0, nil, true, .ended),
            (.running, -1, nil, true, .notStarted), (.running, 3, nil, true, .ended), (.running, 0, [7], true, .notInStore),
            (.running, 0, nil, false, .noShopper),
        ] as [(CampaignState, Int, Set<Int32>?, Bool, QuoteReason)])
    func `a campaign that does not speak to the basket says why`(
        state: CampaignState, days: Int, stores: Set<Int32>?, isOpen: Bool, reason: QuoteReason
    ) {
        let campaign = Campaign.make(1, percent: 1_000, state: state, stores: stores, isOpen: isOpen)
        let decision = decide([.piece(1, base: 10_000)], [campaign], at: Campaign.noon.adding(seconds: Int64(days) * 86_400))

        #expect(decision.discounts.isEmpty)
        #expect(decision.refused.map(\.reason) == [reason])
    }

    @Test func `a shopper without the promise is not in the audience, one with it is served`() {
        let campaign = Campaign.make(1, percent: 1_000, isOpen: false)
        let outside = decide([.piece(1, base: 10_000)], [campaign], shopper: BasketShopper(key: 5, promised: []))
        let inside = decide([.piece(1, base: 10_000)], [campaign], shopper: BasketShopper(key: 5, promised: [campaign.id]))

        #expect(outside.refused.map(\.reason) == [.notInAudience])
        #expect(inside.discounts.map(\.amountMinor) == [1_000])
    }

    @Test func `the answer does not depend on the order of lines and campaigns, and takes no more than is left`() {
        var generator = SeededGenerator(seed: 77)
        for round in 0..<400 {
            let lines = (1...6).map { number in
                BasketLine.piece(
                    Int32(number), quantity: Int64.random(in: 1...4, using: &generator),
                    base: Int64.random(in: 100...9_000, using: &generator))
            }
            let campaigns = (1...4).map { (number: Int) -> RunningCampaign in
                let percent = Int32.random(in: 100...6_000, using: &generator)
                return Campaign.make(UInt64(number), percent: percent)
            }
            let money = Int64.random(in: 0...9_000, using: &generator)
            let key = LimitKey(campaign: campaigns[0].id, counter: .receipt, subject: "", period: "")
            let units = [key: Int64.random(in: 0...9, using: &generator)]

            let one = decide(lines, campaigns, money: money, units: units)
            let other = decide(
                lines.shuffled(using: &generator), campaigns.shuffled(using: &generator), money: money, units: units)

            #expect(one == other, "seed 77, round \(round)")
            for campaign in campaigns {
                var paid: Int64 = 0
                for discount in one.discounts where discount.campaign == campaign.id {
                    paid += discount.amountMinor + discount.split.feeMinor
                }
                #expect(paid <= money, "seed 77, round \(round)")
            }
            #expect(Set(one.discounts.map { $0.lineNo }).count == one.discounts.count, "seed 77, round \(round)")
        }
    }

    private func decide(
        _ lines: [BasketLine], _ campaigns: [RunningCampaign], money: Int64 = 1_000_000, units: [LimitKey: Int64] = [:],
        shopper: BasketShopper? = nil, at time: Instant = Campaign.noon
    ) -> QuoteDecision {
        let accounts = Dictionary(campaigns.map { ($0.shares[0].account, money) }) { first, _ in first }
        let basket = Basket(store: 1, businessDay: time.utcDay, localTime: time, shopper: shopper, lines: lines)
        return QuoteDecision(
            basket, campaigns: campaigns, rules: { _ in RewardAmount.Rules() },
            availability: Availability(money: accounts, units: units))
    }
}

private enum Campaign {
    static let noon = Instant("2026-03-02T12:00:00Z")!

    /// Runs on 2026-03-02 and the day after, on product 1, from an account of its own.
    static func make(
        _ number: UInt64, percent: Int32, fee: Int32 = 0, limits: CampaignLimits = CampaignLimits(),
        state: CampaignState = .running, stores: Set<Int32>? = nil, isOpen: Bool = true
    ) -> RunningCampaign {
        RunningCampaign(
            id: CampaignID(Identifier(high: 0, low: number)), version: 1, supplier: SupplierID(Identifier(high: 1, low: 1)),
            agreement: nil, name: "campaign", state: state, reward: .percentOff(BasisPoints(stored: percent)),
            products: [1: CampaignProductTerms(recordedBaseMinor: 10_000, discountMaxPerUnitMinor: 1_000_000)], stores: stores,
            startsAtLocal: Instant("2026-03-02T00:00:00Z")!, endsAtLocal: Instant("2026-03-04T00:00:00Z")!, settlesUntil: nil,
            launchedAt: Instant(microseconds: Int64(number)), limits: limits, fee: BasisPoints(stored: fee),
            isForEveryone: isOpen,
            shares: [
                FundingShare(
                    kind: .remainder, account: Identifier(high: 2, low: number), wallet: Identifier(high: 3, low: number),
                    isSuppliers: true, capMinor: nil)
            ])
    }
}

extension BasketLine {
    fileprivate static func piece(_ lineNo: Int32, quantity: Int64 = 1, base: Int64) -> BasketLine {
        BasketLine(
            lineNo: lineNo, product: 1, quantityMilli: quantity * 1000, unit: .piece, regularMinor: base, baseMinor: base)
    }
}
