import DemoTown
import Kernel
import Testing

@Suite struct HabitTests {
    private static let town = Town(
        TownPlan(shoppers: 400, weeks: 26, seed: 21, lastDay: BusinessDay("2026-03-01")!)!)

    /// The products bought by each of the first shoppers over the plan, by shopper.
    private static let bought: [[Int32]] = (0..<150).map { index in
        town.plan.days.flatMap { day in
            let visits = town.visits(ofShopper: index, on: day)
            guard visits > 0 else { return [Int32]() }
            let (shopper, shelf) = (town.shopper(index), shelves[day.startOfWeek]!)
            return (0..<visits).flatMap { town.receipt(of: shopper, on: day, visit: $0, shelf: shelf).lines.map(\.product) }
        }
    }
    private static let shelves = Dictionary(
        town.plan.days.map { ($0.startOfWeek, $0) }, uniquingKeysWith: { first, _ in first }
    ).mapValues { town.shelf(inWeekOf: $0) }

    @Test(arguments: [Habit.pets, .coffee, .meat])
    func `who has a habit buys most of its products`(habit: Habit) {
        var (by, others) = (0, 0)
        for (index, products) in Self.bought.enumerated() {
            let count = products.count { Self.town.categories[Self.town.products[Int($0)].category].habit == habit }
            if Self.town.shopper(index).has(habit) { by += count } else { others += count }
        }
        #expect(by > 6 * others && by > 50)
    }

    @Test func `favourite brands are bought far more than by others`() {
        var (own, strange) = (0, 0)
        for (index, products) in Self.bought.enumerated() {
            let favourites = { (shopper: Int) in
                Set(Self.town.favouriteBrands(of: Self.town.shopper(shopper))).filter {
                    Self.town.brands[$0].owner != .privateLabel
                }
            }
            let (mine, neighbours) = (favourites(index), favourites((index + 1) % Self.bought.count))
            own += products.count { mine.contains(Self.town.products[Int($0)].brand) }
            strange += products.count { neighbours.contains(Self.town.products[Int($0)].brand) }
        }
        #expect(own > 4 * strange && own > 500)
    }

    @Test func `most shoppers buy some product again and again`() {
        let regulars = Self.bought.filter { $0.count >= 100 }
        let faithful = regulars.count { products in
            let most = Dictionary(grouping: products, by: \.self).values.map(\.count).max() ?? 0
            return most * 100 > products.count * 3
        }
        #expect(faithful * 10 > regulars.count * 8 && regulars.count > 50)
    }
}
