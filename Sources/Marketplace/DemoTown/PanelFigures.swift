/// What the town is drawn with, so that its *receipts* show the figures of the published panels. Money is in US dollars
/// of the panel. Some numbers are moved a little from the published ones (a low frequency up, a high check down, the
/// discounts up), because a household's mean over few visits strays and two lines of a product become one.
///
/// Source: the Complete Journey panel (2 500 households, two years) and, for stores, "Let's Get Sort-of-Real";
/// `docs/demo-town.md` lists the published figures beside what a drawn town shows, `FiguresTests` holds them together.
enum PanelFigures {
    /// The town's kopecks for a dollar of the panel: with it 9.4 lines at the prices of a Russian supermarket cost as
    /// many dollars as the panel's.
    static let kopecksForDollar: Double = 4000

    /// A household's average check in dollars, to be found again as the mean of its checks.
    static let averageCheckDollars: [(share: Double, value: Double)] = [
        (0, 5), (0.01, 7.2), (0.05, 10.3), (0.1, 12.8), (0.25, 18.7), (0.5, 27.42), (0.75, 40.2), (0.9, 54.5),
        (0.95, 66), (0.99, 92), (1, 120),
    ]

    /// A household's visits a week.
    static let visitsAWeek: [(share: Double, value: Double)] = [
        (0, 0.03), (0.01, 0.055), (0.05, 0.13), (0.1, 0.195), (0.25, 0.394), (0.5, 0.78), (0.75, 1.437), (0.9, 2.294),
        (0.95, 3.16), (0.99, 5.67), (1, 8),
    ]

    /// The mean check in dollars and the mean number of its lines, over all checks.
    static let meanCheckDollars = 29.19
    static let meanLines = 9.4

    /// The shelf discount of a line with a loyalty-card discount.
    static let cardDepth: [(share: Double, value: Double)] = [
        (0, 0.02), (0.01, 0.031), (0.05, 0.057), (0.1, 0.085), (0.25, 0.166), (0.5, 0.258), (0.75, 0.376), (0.9, 0.473),
        (0.95, 0.503), (0.99, 0.618), (1, 0.66),
    ]

    /// The part of what a card holder takes that carries a card discount; half of the lines after equal ones are merged.
    static let cardDiscountShareOfLines = 0.53

    /// The part of sales that the private label takes.
    static let privateLabelShareOfSales = 0.21

    /// The part of its lines that a household buys in its main store, from the most restless to the most loyal.
    static let mainStoreShare: [(share: Double, value: Double)] = [
        (0, 0.28), (0.05, 0.389), (0.1, 0.47), (0.25, 0.615), (0.5, 0.833), (0.68, 0.95), (0.72, 1), (1, 1),
    ]

    /// The number of stores that a household uses, in the same order.
    static let storesUsed: [(shareBelow: Double, stores: Int)] = [
        (0.02, 12), (0.035, 10), (0.05, 8), (0.09, 7), (0.14, 6), (0.21, 5), (0.32, 4), (0.46, 3), (0.70, 2), (1, 1),
    ]

    /// Visits from Monday to Sunday, relative to an even week.
    static let visitsByDay: [Double] = [1.003, 0.913, 0.885, 0.901, 0.940, 1.142, 1.215]

    /// Visits by hour from 7 to 22, when the town's stores are open; the panel's count of 1 000.
    static let firstHour = 7
    static let visitsByHour: [Double] = [9, 14, 25, 43, 60, 70, 75, 74, 80, 92, 106, 101, 83, 64, 45, 28]
}
