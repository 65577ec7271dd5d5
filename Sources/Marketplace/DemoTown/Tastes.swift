/// What a shopper's hand goes to. Half of the looks go to products that the shopper always buys, some to favourite
/// brands, the rest anywhere; all three are drawn from the catalogue's own weights, so that habits change who buys a
/// product and never how much of it the town buys.
struct Tastes {
    /// Of 1 024 looks.
    private static let atUsualProducts = 512
    private static let atFavouriteBrands = 128
    private static let usualProducts: [Double] = [36, 5, 4, 8]
    static let favouriteBrands = 3
    /// The part of a habit's lines that shoppers with it buy.
    private static let keptByHabit = 0.94

    private let seed: UInt64
    private let catalogue: Catalogue
    /// For a shopper with and without each habit, the chance that a look goes to its products.
    private let chances: [(with: Double, without: Double)]

    init(seed: UInt64, catalogue: Catalogue) {
        self.seed = seed
        self.catalogue = catalogue
        chances = zip(Habit.allCases, catalogue.shareOfHabit).map { habit, share in
            (Self.keptByHabit * share / habit.share, (1 - Self.keptByHabit) * share / (1 - habit.share))
        }
    }

    /// For a look's first bits: below these bounds it goes to pets', coffee, meat products, in turn; else to all others.
    func bounds(of shopper: TownShopper) -> (pets: UInt64, coffee: UInt64, meat: UInt64) {
        func width(_ habit: Habit) -> UInt64 {
            let chance = chances[habit.rawValue]
            return UInt64((shopper.has(habit) ? chance.with : chance.without) * 0x1p64)
        }
        let (pets, coffee, meat) = (width(.pets), width(.coffee), width(.meat))
        return (pets, pets + coffee, pets + coffee + meat)
    }

    /// The product that a shopper looks at, for 128 random bits.
    func product(_ shopper: Int, _ bounds: (pets: UInt64, coffee: UInt64, meat: UInt64), _ way: UInt64, _ pick: UInt64) -> Int32 {
        let habit: Habit =
            way < bounds.pets ? .pets : way < bounds.coffee ? .coffee : way < bounds.meat ? .meat : .everyday
        // The low bits of `way` say how; its high bits have said where.
        let source = Int(truncatingIfNeeded: way & 1023)
        if source < Self.atUsualProducts { return usualProduct(of: shopper, habit, pick) }
        if source < Self.atUsualProducts + Self.atFavouriteBrands, habit == .everyday {
            let family = favouriteFamily(of: shopper, Int(truncatingIfNeeded: pick % UInt64(Self.favouriteBrands)))
            return catalogue.byFamily[family].value(at: pick)
        }
        return catalogue.byHabit[habit.rawValue].value(at: pick)
    }

    /// A passer-by has no habits that we know of.
    func anyProduct(_ way: UInt64, _ pick: UInt64) -> Int32 {
        var (share, habit) = (Draws.unit(way), Habit.allCases.count - 1)
        while habit > 0, share >= catalogue.shareOfHabit[habit] {
            share -= catalogue.shareOfHabit[habit]
            habit -= 1
        }
        return catalogue.byHabit[habit].value(at: pick)
    }

    /// The first of the usual products are taken far more often than the last.
    private func usualProduct(of shopper: Int, _ habit: Habit, _ pick: UInt64) -> Int32 {
        let part = Draws.unit(pick)
        let slot = UInt64(part * part * Self.usualProducts[habit.rawValue])
        var draws = Draws(seed: seed, .usualProduct, UInt64(shopper), slot << 2 | UInt64(habit.rawValue))
        return catalogue.byHabit[habit.rawValue].value(at: draws.next())
    }

    /// The family of a shopper's favourite brand of this rank.
    func favouriteFamily(of shopper: Int, _ rank: Int) -> Int {
        var draws = Draws(seed: seed, .favouriteBrand, UInt64(shopper), UInt64(rank))
        return Int(catalogue.family[Int(catalogue.byHabit[Habit.everyday.rawValue].value(at: draws.next()))])
    }
}
