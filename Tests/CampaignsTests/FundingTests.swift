import Campaigns
import Kernel
import Ledger
import TestSupport
import Testing

@Suite struct FundingTests {
    private static let half = FundingPlan.Kind.percent(BasisPoints(stored: 5_000))

    private static func part(_ number: UInt64, _ kind: FundingPlan.Kind, cap: Int64? = nil) -> FundingPlan.Part {
        FundingPlan.Part(wallet: WalletID(Identifier(high: 0, low: number)), kind: kind, capMinor: cap)
    }

    @Test func `parts pay the whole together, or say why not`() {
        let plans: [([FundingPlan.Part], FundingPlan.Fault?)] = [
            ([], nil), ([Self.part(1, .remainder)], nil), ([Self.part(1, Self.half), Self.part(2, Self.half)], nil),
            ([Self.part(1, Self.half), Self.part(2, .remainder)], nil),
            ([Self.part(1, Self.half)], .notTheWhole),
            ([Self.part(1, Self.half), Self.part(1, .remainder)], .walletTwice),
            ([Self.part(1, .remainder), Self.part(2, .remainder)], .twoRemainders),
            ([Self.part(1, .amountPerUnit(minor: 5)), Self.part(2, .remainder)], .capMissing),
            ([Self.part(1, .amountPerUnit(minor: 5), cap: 100), Self.part(2, .remainder)], nil),
            ([Self.part(1, .amountPerUnit(minor: 5), cap: 100)], .notTheWhole),
        ]
        for (parts, fault) in plans { #expect(FundingPlan(parts: parts).fault == fault) }
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `the wallets' parts come to the budget, none is below zero or above its cap`(seed: UInt64) throws {
        var draws = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let budget = Int64.random(in: 0...10_000_000, using: &draws)
            let share = Int32.random(in: 1...9_999, using: &draws)
            let cap: Int64? = Bool.random(using: &draws) ? Int64.random(in: 1...5_000_000, using: &draws) : nil
            let plan = FundingPlan(parts: [
                Self.part(1, .percent(BasisPoints(stored: share)), cap: cap),
                Self.part(2, .amountPerUnit(minor: 5), cap: Int64.random(in: 1...100_000, using: &draws)),
                Self.part(3, .remainder),
            ])
            let fee = BasisPoints(stored: Int32.random(in: 0...3_000, using: &draws))
            let split = try BudgetSplit(of: budget, over: plan, fee: fee, suppliersOwn: [false, false, true])

            #expect(split.parts.reduce(0, +) == budget, "seed \(seed)")
            #expect(split.parts.allSatisfy { $0 >= 0 }, "seed \(seed)")
            #expect(split.parts[0] <= cap ?? .max, "seed \(seed)")
            #expect(split.parts[1] <= plan.parts[1].capMinor ?? 0, "seed \(seed)")
        }
    }

    @Test func `the fee is put in by the supplier`() throws {
        let plan = FundingPlan(parts: [Self.part(1, Self.half), Self.part(2, Self.half)])
        let split = try BudgetSplit(
            of: 105_000, over: plan, fee: BasisPoints(stored: 1_000), suppliersOwn: [true, false])
        #expect(split.parts == [55_000, 50_000])
    }

    @Test func `caps that cannot carry the budget are a fault`() {
        let plan = FundingPlan(parts: [Self.part(1, Self.half, cap: 100), Self.part(2, Self.half, cap: 100)])
        #expect(throws: BudgetSplit.Fault.capsTooLow(missing: 800)) {
            try BudgetSplit(of: 1_000, over: plan, fee: BasisPoints(stored: 0), suppliersOwn: [true, false])
        }
    }
}

@Suite struct HoldoutTests {
    @Test func `it holds its share of shoppers, the same ones each time, and others in another campaign`() {
        let keys = Array(1...100_000 as ClosedRange<Int64>)
        let holdout = Holdout(BasisPoints(stored: 1_000), of: CampaignID(Identifier(high: 1, low: 2)))
        let other = Holdout(BasisPoints(stored: 1_000), of: CampaignID(Identifier(high: 1, low: 3)))
        let members = CampaignMembers(keys, holdout)

        // Three standard deviations of a binomial: 3 * sqrt(100 000 * 0.1 * 0.9) = 285.
        #expect((9_715...10_285).contains(members.held.count))
        #expect(members.shown.count + members.held.count == keys.count)
        #expect(members == CampaignMembers(keys, holdout))
        let both = Set(members.held).intersection(CampaignMembers(keys, other).held).count
        #expect((880...1_120).contains(both))
    }

    @Test func `none is held out where the share is zero`() {
        let holdout = Holdout(BasisPoints(stored: 0), of: CampaignID(Identifier(high: 7, low: 7)))
        #expect(CampaignMembers(1...1_000 as ClosedRange<Int64>, holdout).held == [])
    }
}
