/// Everybody who shops in the town: first the card holders, then passers-by, who live by the same figures but spend
/// less and show no card.
///
/// Frequency, check and loyalty are spread evenly over the shoppers' indices (a Kronecker sequence in three dimensions,
/// M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018), so that also a small town has
/// the panel's quantiles; all else is drawn independently.
struct Population {
    /// One passer-by for five card holders: a sixth of all receipts name no shopper.
    private static let shoppersForAPasserBy = 5
    private static let passerByCheckShare = 0.6

    private let seed: UInt64
    let cardHolders: Int
    let count: Int
    private let frequencies = Quantiles(PanelFigures.visitsAWeek)
    private let checks = Quantiles(PanelFigures.averageCheckDollars)
    private let loyalties = Quantiles(PanelFigures.mainStoreShare)
    private let mainStores: AliasTable
    private let days = AliasTable(Array(0..<7), weights: PanelFigures.visitsByDay)
    private let hours: AliasTable
    private let offsets: (frequency: UInt64, check: UInt64, loyalty: UInt64)

    init(plan: TownPlan, stores: [TownStore]) {
        seed = plan.seed
        cardHolders = plan.shoppers
        count = plan.shoppers + max(1, plan.shoppers / Self.shoppersForAPasserBy)
        mainStores = AliasTable(stores.map { Int32($0.index) }, weights: stores.map(\.size))
        let hours = PanelFigures.visitsByHour.indices.map { Int32(PanelFigures.firstHour + $0) }
        self.hours = AliasTable(hours, weights: PanelFigures.visitsByHour)
        var draws = Draws(seed: seed, .population)
        offsets = (draws.next(), draws.next(), draws.next())
    }

    /// The mean visits a week of a shopper, without drawing the rest.
    func visitsAWeek(_ index: Int) -> Double {
        frequencies.value(at: offsets.frequency &+ UInt64(index) &* 0xD1B5_4A32_D192_ED03)
    }

    /// The day on which a shopper rather goes, 0 for Monday.
    func preferredDay(_ index: Int) -> Int {
        var draws = Draws(seed: seed, .habits, UInt64(index))
        return Int(days.value(at: draws.next()))
    }

    func hour(at bits: UInt64) -> Int { Int(hours.value(at: bits)) }

    func shopper(_ index: Int) -> TownShopper {
        precondition((0..<count).contains(index), "no such shopper")
        let isCardHolder = index < cardHolders
        var draws = Draws(seed: seed, .habits, UInt64(index))
        let day = Int(days.value(at: draws.next()))
        let hour = hour(at: draws.next())
        let main = Int(mainStores.value(at: draws.next()))
        let habits = Habit.allCases.map { draws.unit() < $0.share }
        let loyalty = offsets.loyalty &+ UInt64(index) &* 0x8CB9_2BA7_2F3D_8DD7
        let check = checks.value(at: offsets.check &+ UInt64(index) &* 0xABC9_8388_FB8F_AC03)
        let minor = check * PanelFigures.kopecksForDollar * (isCardHolder ? 1 : Self.passerByCheckShare)
        return TownShopper(
            index: index, isCardHolder: isCardHolder,
            stores: (main, Self.storesUsed(loyalty), Int(loyalties.value(at: loyalty) * 10_000)),
            visitsInThousandWeeks: Int(visitsAWeek(index) * 1000), averageCheckMinor: Int64(minor), preferredDay: day,
            preferredHour: hour, habits: habits)
    }

    private static func storesUsed(_ loyalty: UInt64) -> Int {
        let share = Draws.unit(loyalty)
        return PanelFigures.storesUsed.first { share < $0.shareBelow }?.stores ?? 1
    }
}
