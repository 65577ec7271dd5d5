/// One figure of the published panels and what it was there.
struct Figure: Sendable, CustomStringConvertible {
    /// Kopecks of the town for a dollar of the panel; its own copy, so that a change in the town is noticed.
    static let kopecksForDollar = 4000.0

    enum Measure: Sendable {
        case averageCheckDollars(Double)
        case visitsAWeek(Double)
        case linesForABasket
        case stores(Double)
        case mainStoreShareOfLines
        case privateLabelShareOfLines
        case salesOfLargest(Int)
        case discountedShareOfLines
        case depth(Double)
        case discountShareOfShelfValue
        case response(Int)
        case receiptsWithoutShopper
    }

    let measure: Measure
    let published: Double

    init(_ measure: Measure, _ published: Double) {
        self.measure = measure
        self.published = published
    }

    var description: String { "\(measure)" }

    static let all = checks + visits + baskets + discounts + responses

    private static let checks = [
        Figure(.averageCheckDollars(0.05), 9.87), Figure(.averageCheckDollars(0.25), 18.33),
        Figure(.averageCheckDollars(0.5), 27.42), Figure(.averageCheckDollars(0.75), 40.55),
        Figure(.averageCheckDollars(0.95), 67.60),
    ]
    private static let visits = [
        Figure(.visitsAWeek(0.05), 0.11), Figure(.visitsAWeek(0.5), 0.78), Figure(.visitsAWeek(0.95), 3.16),
        Figure(.stores(0.5), 2), Figure(.stores(0.95), 7.2), Figure(.mainStoreShareOfLines, 0.83),
    ]
    private static let baskets = [
        Figure(.linesForABasket, 9.4), Figure(.privateLabelShareOfLines, 0.28), Figure(.salesOfLargest(10), 0.37),
        Figure(.salesOfLargest(50), 0.56),
        // Not of a panel: card holders of Sort-of-Real have 80 % of its lines, the plan asks for 15 to 20 % without.
        Figure(.receiptsWithoutShopper, 0.175),
    ]
    private static let discounts = [
        Figure(.discountedShareOfLines, 0.50), Figure(.depth(0.25), 0.16), Figure(.depth(0.5), 0.25),
        Figure(.depth(0.75), 0.37), Figure(.depth(0.95), 0.50), Figure(.discountShareOfShelfValue, 0.155),
    ]
    private static let responses = [
        Figure(.response(0), 1.5), Figure(.response(1), 1.9), Figure(.response(2), 3.1), Figure(.response(3), 4.7),
        Figure(.response(4), 6.1), Figure(.response(5), 10),
    ]
}
