package import Kernel

/// A grocery chain with its stores, catalogue and shoppers, drawn from a plan. It holds the stores and the catalogue;
/// shoppers and receipts are computed when asked for, each alone, so memory does not grow with either.
///
/// Invariant: everything is a function of the plan. Two towns of one plan are equal to the last byte, and a town's
/// receipts of a day are the same whether other days or shoppers were asked for before.
package struct Town: Sendable {
    package let plan: TownPlan
    package let stores: [TownStore]
    package let suppliers: [TownSupplier]
    package let brands: [TownBrand]
    package let categories: [TownCategory]
    package let products: [TownProduct]
    private let population: Population
    private let promotions: CardPromotions
    private let response = PriceResponse()
    private let tastes: Tastes
    private let trips: Trips
    private let baskets: Baskets
    private let catalogue: Catalogue

    package init(_ plan: TownPlan) {
        self.plan = plan
        stores = TownStore.all(of: plan)
        catalogue = Catalogue(drawnFrom: CatalogueDraft(seed: plan.seed))
        (suppliers, brands) = (catalogue.suppliers, catalogue.brands)
        (categories, products) = (catalogue.categories, catalogue.products)
        population = Population(plan: plan, stores: stores)
        promotions = CardPromotions(seed: plan.seed, response: response)
        tastes = Tastes(seed: plan.seed, catalogue: catalogue)
        trips = Trips(seed: plan.seed, population: population, stores: stores)
        baskets = Baskets(seed: plan.seed, catalogue: catalogue, tastes: tastes, promotions: promotions)
    }
}

extension Town {
    /// Card holders have the indices below `plan.shoppers`, passers-by the others below this.
    package var populationCount: Int { population.count }

    package func shopper(_ index: Int) -> TownShopper { population.shopper(index) }

    /// A shopper's favourite brands, as indices of `brands`; two of them may be the same.
    package func favouriteBrands(of shopper: TownShopper) -> [Int] {
        (0..<Tastes.favouriteBrands).map { rank in
            let family = tastes.favouriteFamily(of: shopper.index, rank)
            return products[Int(catalogue.byFamily[family].value(at: 0))].brand
        }
    }

    /// The prices of the week that `day` belongs to. Takes some 0.4 ms: keep it for the week.
    package func shelf(inWeekOf day: BusinessDay) -> Shelf {
        Shelf(monday: day.startOfWeek, products: products, promotions: promotions, response: response)
    }

    /// How many receipts a shopper or passer-by has on a day, 0 to 4.
    package func visits(ofShopper index: Int, on day: BusinessDay) -> Int { trips.count(index, on: day) }

    /// The receipt of a shopper's visit (from 0) of a day. What is bought follows the shelf's prices: pass
    /// `shelf.offering(...)` for a shopper who sees offers. The shelf must be of the day's week.
    package func receipt(of shopper: TownShopper, on day: BusinessDay, visit: Int, shelf: Shelf) -> TownReceipt {
        precondition(shelf.monday == day.startOfWeek, "the prices of another week")
        precondition((0..<Trips.visitsADayMax).contains(visit), "no such visit")
        let trip = trips.trip(of: shopper, on: day, visit: visit)
        let address = Trips.word(day) << 2 | UInt64(visit)
        return TownReceipt(
            storeID: stores[trip.store].id, till: String(trip.till), businessDay: day,
            number: String(number(of: shopper.index, on: day, visit: visit)), soldAt: trip.soldAt, shopperID: shopper.id,
            lines: baskets.lines(of: shopper, trip, at: address, shelf: shelf))
    }

    /// All receipts of a day, without campaigns.
    package func receipts(on day: BusinessDay) -> DayReceipts {
        let shelf = shelf(inWeekOf: day)
        return receipts(on: day, among: 0..<populationCount) { _ in shelf }
    }

    /// The receipts of a day of some of the shoppers and passers-by, each at the prices of the shelf that `shelf` gives
    /// for them. Parts may be made in parallel.
    package func receipts(
        on day: BusinessDay, among shoppers: Range<Int>, at shelf: @escaping @Sendable (TownShopper) -> Shelf
    ) -> DayReceipts {
        precondition(shoppers.lowerBound >= 0 && shoppers.upperBound <= populationCount, "no such shoppers")
        return DayReceipts(town: self, day: day, among: shoppers, shelf: shelf)
    }

    /// (shopper, visit) shuffled by a bijection of 32 bits, so that numbers are unique in the day and tell nothing.
    private func number(of shopper: Int, on day: BusinessDay, visit: Int) -> UInt32 {
        var draws = Draws(seed: plan.seed, .number, Trips.word(day))
        var number = UInt32(shopper << 2 | visit) &+ UInt32(truncatingIfNeeded: draws.next())
        number = (number ^ number >> 16) &* 0x7FEB_352D
        number = (number ^ number >> 15) &* 0x846C_A68B
        return number ^ number >> 16
    }
}
