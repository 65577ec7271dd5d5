package import Kernel
package import Parties

/// How receipts of a retailer are looked at on a day.
package struct PromotionWays: Sendable {
    package let retailer: RetailerID
    package let asOf: BusinessDay
    package let windowFrom: BusinessDay
    package let alikeFrom: BusinessDay
    package let rules: DepthRules
    let costs: SaleCosts
    package let categoryCount: Int
    /// By product ordinal; -1: of no category.
    private let categoryOfProduct: [Int32]
    private let numbers: [ExternalID: Int32]

    init(
        _ retailer: RetailerID, asOf: BusinessDay, windowDays: Int32, rules: DepthRules, costs: SaleCosts,
        products: [(ordinal: Int32, category: ExternalID)]
    ) {
        (self.retailer, self.asOf, self.rules, self.costs) = (retailer, asOf, rules, costs)
        windowFrom = asOf.adding(days: 1 - windowDays)
        alikeFrom = asOf.adding(days: 1 - rules.missingCategory.days)
        let ordinalMax = products.map(\.ordinal).max() ?? -1
        var (numbers, table) = ([ExternalID: Int32](), [Int32](repeating: -1, count: Int(ordinalMax) + 1))
        for (ordinal, category) in products {
            let number = numbers[category] ?? Int32(numbers.count)
            numbers[category] = number
            table[Int(ordinal)] = number
        }
        (self.numbers, categoryOfProduct, categoryCount) = (numbers, table, numbers.count)
    }

    /// The earliest day that anything is looked at.
    var first: BusinessDay { min(windowFrom, alikeFrom) }

    func category(of product: Int32) -> Int32? {
        guard product >= 0, Int(product) < categoryOfProduct.count, categoryOfProduct[Int(product)] >= 0 else { return nil }
        return categoryOfProduct[Int(product)]
    }

    /// The numbers of categories in which there is a product.
    package func numbers(of categories: some Sequence<ExternalID>) -> Set<Int32> { Set(categories.compactMap { numbers[$0] }) }
}
