import Glibc
import Kernel

/// The catalogue while it is drawn: sales are shared out from the top (private label and suppliers, their brands, their
/// products), and how often a product is bought follows from its sales and its price.
struct CatalogueDraft {
    struct Item {
        let brand: Int
        let category: Int
        let family: Int
        let ordinalInFamily: Int
        /// Its part of sales at regular prices, in percent of all.
        let sales: Double
        var roubles: Double
        /// Pieces or kilograms of a mean line.
        let units: Double
        /// Lines, relative to the other products.
        var weight: Double { sales / (roubles * units) }
    }

    private static let nationalProducts = 3100.0
    private static let privateLabelProducts = 900.0
    /// The retailer's own brands and their prices, relative to a national brand's.
    private static let privateLabels = [(name: "Everyday", price: 0.62), (name: "Farm Table", price: 0.86)]

    let seed: UInt64
    let patterns = CategoryPattern.all
    private(set) var suppliers: [TownSupplier] = []
    private(set) var brands: [TownBrand] = []
    private(set) var categories: [TownCategory] = []
    private(set) var items: [Item] = []
    private(set) var families = 0
    /// The percent of sales of each category that has no owner yet.
    private var unowned: [Double] = []

    init(seed: UInt64) {
        self.seed = seed
        categories = patterns.enumerated().map { index, pattern in
            TownCategory(
                index: index, id: ExternalID(stored: "category-" + zeroPadded(index + 1, width: 2)), name: pattern.name,
                department: pattern.department, habit: pattern.habit)
        }
        addPrivateLabel()
        for (index, percent) in SupplierShares.percent.enumerated() { addSupplier(index, percent) }
        scalePrices()
    }

    private mutating func addPrivateLabel() {
        let sales = patterns.map(\.sales).reduce(0, +)
        let inclination = patterns.map { $0.sales * $0.privateLabel }.reduce(0, +)
        let percent = patterns.map { 100 * PanelFigures.privateLabelShareOfSales * $0.sales * $0.privateLabel / inclination }
        unowned = zip(patterns, percent).map { 100 * $0.sales / sales - $1 }
        for label in Self.privateLabels {
            let brand = addBrand(named: label.name, owner: .privateLabel)
            for category in patterns.indices {
                let part = percent[category] / Double(Self.privateLabels.count)
                let count = Self.privateLabelProducts * part / (100 * PanelFigures.privateLabelShareOfSales)
                addFamily(brand, category, sales: part, count: max(2, Int(count)), price: label.price)
            }
        }
    }

    /// A supplier has one to three brands, each in one category, more often where much of the sales has no owner yet.
    private mutating func addSupplier(_ index: Int, _ percent: Double) {
        var draws = Draws(seed: seed, .supplier, UInt64(index))
        let count = percent > 1 ? 3 : percent > 0.3 ? 2 : 1
        let first = brands.count
        for part in 0..<count {
            let sales = percent * (count == 1 ? 1 : [[0.6, 0.4], [0.5, 0.3, 0.2]][count - 2][part])
            let category = drawCategory(&draws)
            unowned[category] -= sales
            let brand = addBrand(named: BrandNames.name(brands.count), owner: .supplier(index))
            let products = Self.nationalProducts * pow(sales, 0.6) / Self.sumOfPowers
            addFamily(brand, category, sales: sales, count: max(1, Int(products + 0.5)), price: exp(0.18 * draws.normal()))
        }
        suppliers.append(
            TownSupplier(
                index: index, id: ExternalID(stored: "supplier-" + zeroPadded(index + 1, width: 3)),
                name: brands[first].name + " Trading"))
    }

    private static let sumOfPowers = SupplierShares.percent.reduce(0) { $0 + pow($1, 0.6) }

    private func drawCategory(_ draws: inout Draws) -> Int {
        let weights = unowned.map { max(0.001, $0) }
        return Int(AliasTable(weights.indices.map { Int32($0) }, weights: weights).value(at: draws.next()))
    }

    private mutating func addBrand(named name: String, owner: ProductOwner) -> Int {
        let index = brands.count
        brands.append(
            TownBrand(
                index: index, id: ExternalID(stored: "brand-" + zeroPadded(index + 1, width: 4)), name: name, owner: owner))
        return index
    }

    /// `price` is relative to the category's.
    private mutating func addFamily(_ brand: Int, _ category: Int, sales: Double, count: Int, price: Double) {
        var draws = Draws(seed: seed, .brand, UInt64(families))
        let parts = (0..<count).map { _ in 0.25 - log(1 - draws.unit()) }
        let sum = parts.reduce(0, +)
        for (ordinal, part) in parts.enumerated() {
            items.append(
                Item(
                    brand: brand, category: category, family: families, ordinalInFamily: ordinal, sales: sales * part / sum,
                    roubles: patterns[category].roubles * price * exp(0.3 * draws.normal()),
                    units: Quantity.meanUnits(of: patterns[category].measure)))
        }
        families += 1
    }

    /// Moves all prices so that a mean line, bought with the card's discounts, costs what the panel's does.
    private mutating func scalePrices() {
        let lines = items.reduce(0) { $0 + $1.weight }
        let sales = items.reduce(0) { $0 + $1.sales }
        let promotions = CardPromotions(seed: seed, response: PriceResponse())
        let mean = sales / lines * promotions.spendFactor / promotions.linesFactor
        let wanted = PanelFigures.meanCheckDollars * PanelFigures.kopecksForDollar / 100 / PanelFigures.meanLines
        for index in items.indices { items[index].roubles *= wanted / mean * Quantity.shareOfLinesAfterMerge }
    }
}
