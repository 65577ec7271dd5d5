import DemoTown
import Kernel

/// What the story is about: the supplier's brand that sold best in the last week of the history, and its category.
struct StoryChoice: Sendable {
    static let depth = BasisPoints(stored: 2_000)
    /// Shoppers among whom the best brand is looked for.
    static let sampleMax = 2_000

    let supplier: TownSupplier
    let brand: TownBrand
    let category: TownCategory
    /// Indices of the brand's products.
    let products: [Int]

    /// Nil where nobody bought anything of a supplier's.
    init?(_ town: Town) {
        let sample = 0..<min(Self.sampleMax, town.plan.shoppers)
        var units: [Int: Int] = [:]
        for day in town.plan.days.suffix(7) {
            let shelf = town.shelf(inWeekOf: day)
            for receipt in town.receipts(on: day, among: sample, at: { _ in shelf }) {
                for line in receipt.lines { units[town.products[Int(line.product)].brand, default: 0] += 1 }
            }
        }
        let ranked = units.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map(\.key)
        guard let best = ranked.first(where: { Self.isPlain(town, $0) }),
            case .supplier(let owner) = town.brands[best].owner
        else { return nil }
        brand = town.brands[best]
        supplier = town.suppliers[owner]
        let own = town.products.filter { $0.brand == best }
        products = own.map(\.index)
        guard let first = own.first else { return nil }
        category = town.categories[first.category]
    }

    /// A supplier's brand of one category that everybody lives with, for all ages, sold by the piece.
    private static func isPlain(_ town: Town, _ brand: Int) -> Bool {
        guard case .supplier = town.brands[brand].owner else { return false }
        let products = town.products.filter { $0.brand == brand }
        return Set(products.map(\.category)).count == 1
            && products.allSatisfy {
                !$0.isAdult && $0.unit == .piece && town.categories[$0.category].habit == .everyday
            }
    }

    /// Shoppers who bought of the category lately.
    var predicate: String { #"{"bought":{"categories":["\#(category.id)"],"within_days":90,"min_receipts":1}}"# }
}
