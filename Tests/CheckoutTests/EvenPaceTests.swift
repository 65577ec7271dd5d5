import Campaigns
import Kernel
import TestSupport
import Testing

/// The even pace by itself (docs/checkout.md, "Pace").
@Suite struct EvenPaceTests {
    private static let last = BusinessDay("2026-03-15")!

    @Test(arguments: [
        (1_000 as Int64, [:] as [String: Int64], "2026-03-09", 142 as Int64, 142 as Int64),
        (858, ["2026-03-09": 142], "2026-03-09", 142, 0), (858, ["2026-03-09": 142], "2026-03-10", 143, 143),
        (1_000, [:], "2026-03-10", 166, 166), (90, ["2026-03-15": 10], "2026-03-15", 100, 90),
        (90, ["2026-03-16": 10], "2026-03-16", 100, 90), (50, ["2026-03-14": 30, "2026-03-15": 20], "2026-03-14", 50, 20),
        (0, [:], "2026-03-09", 0, 0), (0, ["2026-03-10": 700], "2026-03-09", 100, 100),
    ])
    func `a day may spend its part of what was left at its start`(
        available: Int64, taken: [String: Int64], day: String, allowance: Int64, left: Int64
    ) {
        let days = Dictionary(uniqueKeysWithValues: taken.map { (BusinessDay($0.key)!, $0.value) })
        let pace = EvenPace(availableMinor: available, takenByDay: days, lastDay: Self.last)

        #expect(pace.allowance(on: BusinessDay(day)!) == allowance)
        #expect(pace.left(on: BusinessDay(day)!) == left)
    }

    @Test func `more is asked for than there is: each day has its part, and the last kopeck goes on the last day`() {
        var model = Model(budget: 1_000, last: Self.last)
        let spent = (0..<7).map { model.pay(5_000, on: BusinessDay("2026-03-09")!.adding(days: $0)) }

        #expect(spent == [142, 143, 143, 143, 143, 143, 143])
        #expect(model.available == 0)
    }

    @Test func `what quiet days do not spend rolls on evenly`() {
        var model = Model(budget: 700, last: Self.last)
        let spent = [0, 0, 30, 0, 900, 900, 900].enumerated().map { offset, asked in
            model.pay(Int64(asked), on: BusinessDay("2026-03-09")!.adding(days: Int32(offset)))
        }

        #expect(spent == [0, 0, 30, 0, 223, 223, 224])
    }

    @Test func `in whatever order the receipts of a day come, it spends the same`() {
        var draws = SeededGenerator(seed: 28)
        for round in 0..<500 {
            let budget = Int64.random(in: 0...100_000, using: &draws)
            var (one, other) = (Model(budget: budget, last: Self.last), Model(budget: budget, last: Self.last))
            for offset in 0..<7 as Range<Int32> {
                let day = BusinessDay("2026-03-09")!.adding(days: offset)
                let asked = (0..<Int.random(in: 0...8, using: &draws)).map { _ in Int64.random(in: 0...9_000, using: &draws) }
                for minor in asked { one.pay(minor, on: day) }
                for minor in asked.shuffled(using: &draws) { other.pay(minor, on: day) }
                #expect(one.taken == other.taken, "seed 28, round \(round)")
            }
        }
    }

    @Test func `whatever comes late or back, no decision takes a day above its allowance, nor the budget below nothing`() {
        var draws = SeededGenerator(seed: 29)
        for round in 0..<500 {
            let budget = Int64.random(in: 0...100_000, using: &draws)
            var model = Model(budget: budget, last: Self.last)
            for step in 0..<60 as Range<Int32> {
                // Today rises slowly; a receipt is of today or, late, of up to seven days before.
                let late = Bool.random(using: &draws) ? 0 : Int32.random(in: 0...7, using: &draws)
                let day = BusinessDay("2026-03-09")!.adding(days: max(0, step / 8 - late))
                let before = EvenPace(availableMinor: model.available, takenByDay: model.taken, lastDay: Self.last)
                if Int.random(in: 0..<5, using: &draws) == 0 {
                    model.giveBack(Int64.random(in: 0...9_000, using: &draws), of: day, sameDay: late == 0)
                } else {
                    let paid = model.pay(Int64.random(in: 0...9_000, using: &draws), on: day)
                    #expect(paid <= before.left(on: day), "seed 29, round \(round)")
                    let after = EvenPace(availableMinor: model.available, takenByDay: model.taken, lastDay: Self.last)
                    #expect(after.allowance(on: day) == before.allowance(on: day), "seed 29, round \(round)")
                }
                #expect(model.available >= 0 && model.available <= budget, "seed 29, round \(round)")
            }
        }
    }
}

/// Money of a campaign that pays what is asked for as far as its pace lets it.
private struct Model {
    private(set) var available: Int64
    private(set) var taken: [BusinessDay: Int64] = [:]
    private var spent: [BusinessDay: Int64] = [:]
    private let last: BusinessDay

    init(budget: Int64, last: BusinessDay) {
        available = budget
        self.last = last
    }

    @discardableResult
    mutating func pay(_ asked: Int64, on day: BusinessDay) -> Int64 {
        let left = EvenPace(availableMinor: available, takenByDay: taken, lastDay: last).left(on: day)
        let paid = min(asked, left, available)
        available -= paid
        taken[day, default: 0] += paid
        spent[day, default: 0] += paid
        return paid
    }

    /// What a return brings back of a day's sales: on the same day to the day's counter too.
    mutating func giveBack(_ asked: Int64, of day: BusinessDay, sameDay: Bool) {
        let back = min(asked, spent[day] ?? 0, sameDay ? taken[day] ?? 0 : .max)
        available += back
        spent[day, default: 0] -= back
        if sameDay { taken[day, default: 0] -= back }
    }
}
