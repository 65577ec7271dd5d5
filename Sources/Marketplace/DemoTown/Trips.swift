import Glibc
import Kernel

/// One visit of a shopper to a store: when, where, and how large the basket shall be.
struct Trip {
    let store: Int
    let till: Int
    let soldAt: Instant
    /// The basket's size, relative to the shopper's average.
    let size: Double
}

/// When shoppers go: more often on the weekend and towards the evening, each rather on an own day and at an own hour.
struct Trips {
    /// A receipt number has two bits for the visit of the day.
    static let visitsADayMax = 4
    /// The parts of a shopper's visits that keep to the preferred day and hour; the others follow the town.
    private static let keepsDay = 0.25
    private static let keepsHour = 0.4
    /// The deviation of the logarithm of a basket's size: a quick trip or the week's shopping.
    private static let sizeDeviation = 0.55

    let seed: UInt64
    let population: Population
    let stores: [TownStore]

    /// How often somebody goes to a store on a day; the mean over days is the shopper's frequency.
    func count(_ shopper: Int, on day: BusinessDay) -> Int {
        let weekday = Int(day.daysSince1970 - day.startOfWeek.daysSince1970)
        var weight = (1 - Self.keepsDay) * PanelFigures.visitsByDay[weekday]
        if population.preferredDay(shopper) == weekday { weight += Self.keepsDay * 7 }
        var draws = Draws(seed: seed, .visits, UInt64(shopper), Self.word(day))
        let visits = Int(population.visitsAWeek(shopper) / 7 * weight + draws.unit())
        return min(visits, Self.visitsADayMax)
    }

    func trip(of shopper: TownShopper, on day: BusinessDay, visit: Int) -> Trip {
        var draws = Draws(seed: seed, .trip, UInt64(shopper.index), Self.word(day) << 2 | UInt64(visit))
        let store = store(of: shopper, &draws)
        let till = 1 + draws.index(below: stores[store].tills)
        let (keeps, any) = (draws.unit() < Self.keepsHour, draws.next())
        let hour = keeps ? shopper.preferredHour : population.hour(at: any)
        let second = Int64(hour * 3600 + draws.index(below: 3600)) - TownStore.secondsAheadOfUTC
        let soldAt = Instant(microseconds: (Int64(day.daysSince1970) * 86_400 + second) * 1_000_000)
        let deviation = Self.sizeDeviation
        let size = exp(deviation * draws.normal() - deviation * deviation / 2)
        return Trip(store: store, till: till, soldAt: soldAt, size: size)
    }

    /// The main store, or one of its neighbours on the ring: the next, the one before, the second next ...
    private func store(of shopper: TownShopper, _ draws: inout Draws) -> Int {
        let (share, other) = (draws.index(below: 10_000), draws.unit())
        guard shopper.storesUsed > 1, share >= shopper.mainStoreBp else { return shopper.mainStore }
        let step = 1 + Int(other * Double(shopper.storesUsed - 1))
        let offset = step % 2 == 1 ? (step + 1) / 2 : stores.count - step / 2
        return (shopper.mainStore + offset) % stores.count
    }

    static func word(_ day: BusinessDay) -> UInt64 { UInt64(truncatingIfNeeded: Int64(day.daysSince1970)) }
}
