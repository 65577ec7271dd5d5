import Checkout
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
        let crossed = BudgetLevel.crossed(from: row.before, to: row.after, of: row.budget, cheapestUnit: row.cheapest)

        #expect(crossed == row.crossed)
    }

    @Test func `however a spend is cut into parts, each level is crossed once`() {
        for step in Int64(1)...130 {
            var crossed: [BudgetLevel] = []
            for before in stride(from: Int64(0), to: 1_000, by: Int64.Stride(step)) {
                crossed += BudgetLevel.crossed(from: before, to: min(before + step, 1_000), of: 1_000, cheapestUnit: 7)
            }
            #expect(crossed == [.half, .fourFifths, .whole], "in parts of \(step)")
        }
    }
}
