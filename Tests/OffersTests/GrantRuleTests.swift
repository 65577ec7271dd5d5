import Bitmaps
import Campaigns
import Kernel
import Offers
import Parties
import Testing

/// The rules of grants, without a database.
@Suite struct GrantRuleTests {
    static let monday = BusinessDay("2026-03-09")!

    @Test(arguments: 0..<7) func `a week runs from Monday to Sunday, a day is itself`(offset: Int32) {
        let day = Self.monday.adding(days: offset)

        #expect(
            GrantPeriod(.week, containing: day)
                == GrantPeriod(startsOn: Self.monday, endsOn: BusinessDay("2026-03-15")!))
        #expect(GrantPeriod(.day, containing: day) == GrantPeriod(startsOn: day, endsOn: day))
    }

    @Test func `members who were held out, said no or are no adults are granted nothing`() {
        let eligibility = Eligibility(
            excluded: KeySet([2]), adults: KeySet([1, 2, 3, 5, 9]),
            merged: [(key: 4, into: 5), (key: 6, into: 7), (key: 8, into: 9)])
        let (shown, holdout) = (KeySet([1, 2, 3, 4, 6, 9, 10]), KeySet([7, 8]))

        // 4 became 5; 6 became 7, who is held out; 8, who is held out, became 9.
        #expect(eligibility.granted(of: shown, holdout: holdout, adultsOnly: false).sorted == [1, 3, 5, 10])
        #expect(eligibility.granted(of: shown, holdout: holdout, adultsOnly: true).sorted == [1, 3, 5])
    }

    @Test(arguments: [(available: Int64(1_001), false), (1_000, true), (0, true)])
    func `publishing stops at its share of the budget`(available: Int64, isReached: Bool) {
        let budget = CampaignBudget(budgetMinor: 10_000, reservedMinor: 0, availableMinor: available)

        #expect(budget.hasReached(BasisPoints(stored: 9_000)) == isReached)
    }

    @Test func `what quotes keep may come back, so it is not gone`() {
        #expect(CampaignBudget(budgetMinor: 10_000, reservedMinor: 50, availableMinor: 50).restMinor == 100)
    }

    struct Life: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let state: CampaignState
        var isOutOfMoney = false
        var grants: [GrantState] = []
        var isExhausted = false
        var isUntrue = false
        var isForEveryone = false
        let step: OfferStep?
    }

    static let week = GrantPeriod(.week, containing: monday)
    static let wednesday = monday.adding(days: 2)

    static func grant(
        _ period: GrantPeriod = week, withdrawn: WithdrawalReason? = nil, isTold: Bool = true
    ) -> GrantState {
        GrantState(campaign: id, period: period, withdrawnReason: withdrawn?.rawValue, isTold: isTold)
    }

    static let id = CampaignID(Identifier(high: 1, low: 2))

    static let lives: [Life] = [
        Life(testDescription: "a new period", state: .running, step: .grant(week)),
        Life(testDescription: "an open campaign", state: .running, isForEveryone: true, step: nil),
        Life(testDescription: "a decided period", state: .running, grants: [grant()], step: nil),
        Life(
            testDescription: "a grant half told", state: .running, grants: [grant(isTold: false)],
            step: .tell(week, depthBP: 0)),
        Life(testDescription: "a pause", state: .paused, grants: [grant()], step: .withdraw(.paused)),
        Life(testDescription: "a pause that is known", state: .paused, grants: [grant(withdrawn: .paused)], step: nil),
        Life(
            testDescription: "a pause for want of money", state: .paused, isOutOfMoney: true, grants: [grant()],
            step: .withdraw(.budgetExhausted)),
        Life(testDescription: "a resumption", state: .running, grants: [grant(withdrawn: .paused)], step: .restore),
        Life(testDescription: "an end", state: .settling, grants: [grant()], step: .withdraw(.ended)),
        Life(
            testDescription: "no money", state: .running, grants: [grant()], isExhausted: true,
            step: .withdraw(.budgetExhausted)),
        Life(
            testDescription: "a price that makes it untrue", state: .running, grants: [grant()], isUntrue: true,
            step: .withdraw(.priceChanged)),
        Life(
            testDescription: "a price that made it untrue", state: .running, grants: [grant(withdrawn: .priceChanged)],
            step: nil),
        Life(testDescription: "no money and no grant", state: .running, isExhausted: true, step: nil),
        Life(
            testDescription: "money again", state: .running, grants: [grant(withdrawn: .budgetExhausted)], step: .restore),
        Life(
            testDescription: "a policy that changed from days to weeks", state: .running,
            grants: [grant(GrantPeriod(.day, containing: monday))],
            step: .grant(GrantPeriod(startsOn: wednesday, endsOn: week.endsOn))),
        Life(
            testDescription: "a day's grant that was taken back and is over", state: .running,
            grants: [grant(GrantPeriod(.day, containing: monday.adding(days: 1)), withdrawn: .paused)], step: .grant(week)),
    ]

    @Test(arguments: lives) func `the next step follows from state, money and grants`(life: Life) {
        let campaign = RunningCampaign(
            id: Self.id, version: 1, supplier: nil, agreement: nil, name: "", state: life.state,
            reward: .amountOff(minor: 1), products: [:], stores: nil, startsAtLocal: Instant(microseconds: 0),
            endsAtLocal: Instant(microseconds: 1), settlesUntil: nil, isOutOfMoney: life.isOutOfMoney,
            launchedAt: Instant(microseconds: 0),
            limits: CampaignLimits(), fee: BasisPoints(stored: 0), isForEveryone: life.isForEveryone, shares: [])

        let step = OfferStep(
            for: campaign, grants: life.grants, period: Self.week, on: Self.wednesday, isExhausted: life.isExhausted,
            isUntrue: life.isUntrue)

        #expect(step == life.step)
    }
}
