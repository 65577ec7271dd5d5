import AudienceIndex
import Glibc

/// A town while its shoppers are drawn, one after the other.
struct Draft {
    struct Pairs {
        var ordinals: [UInt32] = []
        var values: [UInt16] = []

        var set: ValuedSet { ValuedSet(ordinals, values: values) }

        mutating func append(_ ordinal: UInt32, _ value: Int) {
            ordinals.append(ordinal)
            values.append(UInt16(value))
        }
    }

    let count: Int
    let receipts: NumberColumn
    let spend: AmountColumn
    let lastDay: NumberColumn
    private(set) var visits = [Pairs](repeating: Pairs(), count: Town.stores)
    private(set) var favourites = [Pairs](repeating: Pairs(), count: Town.brands)
    private(set) var categories = [Pairs](repeating: Pairs(), count: Town.categories)
    private(set) var products = [Pairs](repeating: Pairs(), count: Town.products)
    private(set) var traits = [[UInt32]](repeating: [], count: Town.traits)
    private(set) var tags = [[UInt32]](repeating: [], count: Town.tags)
    private var draws: Draws

    init(count: Int, seed: UInt64) {
        self.count = count
        receipts = NumberColumn(count: count)
        spend = AmountColumn(count: count)
        lastDay = NumberColumn(count: count)
        draws = Draws(seed: seed)
    }

    mutating func fill() {
        for ordinal in 0..<count { draw(ordinal) }
    }

    private mutating func draw(_ ordinal: Int) {
        let isLapsed = draws.chance(0.15)
        let visits = isLapsed ? 0 : max(1, min(600, Int(10 * exp(1.05 * draws.normal()))))
        let check = 70_000 * exp(0.62 * draws.normal())
        receipts[ordinal] = UInt16(visits)
        spend[ordinal] = Int64(Double(visits) * check * (0.9 + 0.2 * draws.fraction()))
        let gap = isLapsed ? 91 + draws.below(600) : min(89, Int(-log(1 - draws.fraction()) * 90 / Double(visits)))
        lastDay[ordinal] = UInt16(Town.today - gap)
        let key = UInt32(ordinal)
        drawStores(key, visits)
        drawGoods(key, visits, gap)
        for trait in 0..<Town.traits where visits > 2 && draws.chance(0.30 / Double(trait + 1)) { traits[trait].append(key) }
        for tag in 0..<Town.tags where draws.chance(tag == 0 ? 0.2 : 0.02 / Double(tag)) { tags[tag].append(key) }
    }

    private mutating func drawStores(_ key: UInt32, _ visits: Int) {
        guard visits > 0 else { return }
        let home = draws.popular(Town.stores)
        let others = min(visits - 1, draws.below(3) + (draws.chance(0.1) ? 4 : 0))
        var left = visits
        var seen = [home]
        for step in 0..<others {
            let store = (home + 1 + draws.below(12) + step) % Town.stores
            guard !seen.contains(store) else { continue }
            seen.append(store)
            let share = max(1, left / 8)
            left -= share
            self.visits[store].append(key, share)
        }
        self.visits[home].append(key, left)
    }

    private mutating func drawGoods(_ key: UInt32, _ visits: Int, _ gap: Int) {
        var seen: [Int] = []
        let brands = min(Town.topMax, visits / 3)
        for place in 0..<brands {
            let brand = draws.popular(Town.brands)
            if Self.isNew(brand, &seen) { favourites[brand].append(key, place + 1) }
        }
        seen.removeAll(keepingCapacity: true)
        for _ in 0..<min(30, visits) {
            let category = draws.popular(Town.categories)
            if Self.isNew(category, &seen) { categories[category].append(key, Town.today - age(gap)) }
        }
        seen.removeAll(keepingCapacity: true)
        for _ in 0..<min(25, (visits + 1) / 2) {
            let product = draws.popular(Town.products)
            if Self.isNew(product, &seen) { products[product].append(key, Town.today - age(gap)) }
        }
    }

    /// Few are drawn for a shopper: looking through them is faster than hashing.
    private static func isNew(_ number: Int, _ seen: inout [Int]) -> Bool {
        if seen.contains(number) { return false }
        seen.append(number)
        return true
    }

    private mutating func age(_ gap: Int) -> Int {
        min(364, gap + Int(Double(365 - min(gap, 364)) * draws.fraction() * draws.fraction()))
    }

    /// Who scores at least 2, 3, 4 and 5: a fifth of the shoppers are strictly worse for each step.
    func scores(_ value: (Int) -> Int64) -> [OrdinalSet] {
        let values = (0..<count).map(value)
        let sorted = values.sorted()
        return (1...4).map { step in
            let least = sorted[min(count - 1, count * step / 5)]
            return OrdinalSet(values.indices.filter { values[$0] >= least }.map { UInt32($0) })
        }
    }
}
