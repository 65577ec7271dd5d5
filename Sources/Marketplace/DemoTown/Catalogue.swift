/// The chain's catalogue and how often each product is looked at.
struct Catalogue {
    let suppliers: [TownSupplier]
    let brands: [TownBrand]
    let categories: [TownCategory]
    let products: [TownProduct]
    /// For each habit, its products by the chance that a line at regular prices is theirs.
    let byHabit: [AliasTable]
    /// The part of lines at regular prices that belongs to each habit.
    let shareOfHabit: [Double]
    /// The family of each product: the products of its brand in its category.
    let family: [Int32]
    let byFamily: [AliasTable]
    /// The mean regular amount of a line, in minor units.
    let meanLineMinor: Double

    init(drawnFrom draft: CatalogueDraft) {
        let items = draft.items
        let total = items.reduce(0) { $0 + $1.weight }
        suppliers = draft.suppliers
        brands = draft.brands
        categories = draft.categories
        products = draft.products()
        family = items.map { Int32($0.family) }
        let habits = items.map { draft.categories[$0.category].habit }
        byHabit = Habit.allCases.map { habit in Self.table(items, items.indices.filter { habits[$0] == habit }) }
        shareOfHabit = Habit.allCases.map { habit in
            items.indices.filter { habits[$0] == habit }.reduce(0) { $0 + items[$1].weight } / total
        }
        var members = Array(repeating: [Int](), count: draft.families)
        for index in items.indices { members[items[index].family].append(index) }
        byFamily = members.map { Self.table(items, $0) }
        meanLineMinor = zip(items, products).reduce(0) { $0 + $1.0.weight * $1.0.units * Double($1.1.regularPriceMinor) } / total
    }

    private static func table(_ items: [CatalogueDraft.Item], _ chosen: [Int]) -> AliasTable {
        AliasTable(chosen.map { Int32($0) }, weights: chosen.map { items[$0].weight })
    }
}
