package import Kernel

/// A shopper of the town: the habits from which visits and baskets are drawn. Everything follows from the seed and the
/// index, so a shopper needs no storage.
package struct TownShopper: Sendable {
    /// Below the plan's number of shoppers: a card holder. From there on: a passer-by, whose receipts name nobody.
    package let index: Int
    package let isCardHolder: Bool
    /// Index of `Town.stores`.
    package let mainStore: Int
    /// The number of stores used, the main one included.
    package let storesUsed: Int
    /// The chance that a visit goes to the main store, in basis points.
    package let mainStoreBp: Int
    /// The mean number of visits in a thousand weeks.
    package let visitsInThousandWeeks: Int
    /// What a visit costs on average, in minor units, with card prices and without campaigns.
    package let averageCheckMinor: Int64
    /// 0 is Monday; more visits fall on this day than on others.
    package let preferredDay: Int
    package let preferredHour: Int
    private let habits: UInt8

    /// `card-0000001`; nil for a passer-by.
    package var id: ExternalID? {
        isCardHolder ? ExternalID(stored: "card-" + zeroPadded(index + 1, width: 7)) : nil
    }

    package func has(_ habit: Habit) -> Bool { habits & 1 << habit.rawValue != 0 }

    init(
        index: Int, isCardHolder: Bool, stores: (main: Int, used: Int, mainBp: Int), visitsInThousandWeeks: Int,
        averageCheckMinor: Int64, preferredDay: Int, preferredHour: Int, habits: [Bool]
    ) {
        self.index = index
        self.isCardHolder = isCardHolder
        (mainStore, storesUsed, mainStoreBp) = stores
        self.visitsInThousandWeeks = visitsInThousandWeeks
        self.averageCheckMinor = averageCheckMinor
        self.preferredDay = preferredDay
        self.preferredHour = preferredHour
        self.habits = zip(habits, 0...).reduce(0) { $1.0 ? $0 | 1 << $1.1 : $0 }
    }
}
