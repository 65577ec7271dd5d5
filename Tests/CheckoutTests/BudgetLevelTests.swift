import Campaigns
import Checkout
import Kernel
import Parties
import Testing

/// Which levels a spend crosses: a pure rule.
@Suite struct BudgetLevelTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let before: Int64
        let after: Int64
        var budget: Int64 = 1_000
        var cheapest: Int64 = 10
        let crossed: [BudgetLevel]
    }

    static let rows: [Row] = [
        Row(testDescription: "below half", before: 0, after: 499, crossed: []),
        Row(testDescription: "half, exactly", before: 499, after: 500, crossed: [.half]),
        Row(testDescription: "half, known", before: 500, after: 799, crossed: []),
        Row(testDescription: "four fifths", before: 799, after: 800, crossed: [.fourFifths]),
        Row(testDescription: "all at once", before: 0, after: 1_000, crossed: [.half, .fourFifths, .whole]),
        Row(testDescription: "what is left pays for one unit", before: 800, after: 990, crossed: []),
        Row(testDescription: "what is left pays for none", before: 990, after: 991, crossed: [.whole]),
        Row(testDescription: "used up to the unit", before: 991, after: 1_000, crossed: []),
        Row(testDescription: "a return", before: 1_000, after: 400, crossed: []),
        Row(testDescription: "crossed anew after a return", before: 400, after: 500, crossed: [.half]),
        Row(testDescription: "nothing spent", before: 500, after: 500, crossed: []),
        Row(testDescription: "half of an odd budget", before: 500, after: 501, budget: 1_001, crossed: [.half]),
        Row(
            testDescription: "a unit dearer than half of the budget", before: 0, after: 600, cheapest: 600,
            crossed: [.half, .whole]),
        Row(testDescription: "no budget", before: 0, after: 1, budget: 0, crossed: []),
        Row(
            testDescription: "as large as money goes", before: 0, after: .max / 2, budget: .max - 1, cheapest: 1,
            crossed: [.half]),
    ]

    @Test(arguments: rows) func `a level is crossed by the spend that reaches it`(row: Row) {
        let crossed = BudgetLevel.crossed(
            from: [row.budget - row.before], to: [row.budget - row.after], of: row.budget, Self.least(row.cheapest))

        #expect(crossed == row.crossed)
    }

    private static func least(_ minor: Int64) -> LeastPayment {
        LeastPayment(totalMinor: minor, partsMinor: [minor], discountMinor: minor, fees: [.init(stored: 0)])
    }

    @Test func `a budget is used up when one of its wallets pays its part no more`() {
        let least = LeastPayment(
            totalMinor: 100, partsMinor: [50, 50], discountMinor: 100, fees: [.init(stored: 0), .init(stored: 0)])
        let crossed = { (before: [Int64], after: [Int64]) in BudgetLevel.crossed(from: before, to: after, of: 100_000, least) }

        #expect(crossed([4_950, 100], [4_900, 50]) == [])
        #expect(crossed([4_900, 50], [4_899, 49]) == [.whole])
        #expect(crossed([4_899, 49], [4_000, 40]) == [])
    }

    @Test func `where others take over, a budget is used up when all of them together pay for nothing`() {
        let least = LeastPayment(
            totalMinor: 102, partsMinor: [50, 52], discountMinor: 100, fees: [.init(stored: 0), .init(stored: 500)])
        let crossed = { (before: [Int64], after: [Int64]) in
            BudgetLevel.crossed(from: before, to: after, of: 100_000, least, .othersTakeOver)
        }

        #expect(crossed([4_900, 52], [4_899, 51]) == [])
        #expect(crossed([100, 0], [99, 0]) == [.whole])
        #expect(crossed([0, 105], [0, 104]) == [.whole])
        #expect(crossed([50, 53], [49, 53]) == [.whole])
    }

    @Test func `however a spend is cut into parts, each level is crossed once`() {
        for step in Int64(1)...130 {
            var crossed: [BudgetLevel] = []
            for before in stride(from: Int64(0), to: 1_000, by: Int64.Stride(step)) {
                crossed += BudgetLevel.crossed(
                    from: [1_000 - before], to: [max(0, 1_000 - before - step)], of: 1_000, Self.least(7))
            }
            #expect(crossed == [.half, .fourFifths, .whole], "in parts of \(step)")
        }
    }
}
