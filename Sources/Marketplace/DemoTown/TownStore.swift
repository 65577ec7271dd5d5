package import Kernel

/// One store of the chain. Stores stand on a ring: the neighbours by index are the nearest ones.
package struct TownStore: Sendable {
    package let index: Int
    package let id: ExternalID
    package let name: String
    package let region: String
    /// The tills are named "1" to this number.
    package let tills: Int
    /// Its part of the shoppers, relative to the other stores.
    let size: Double

    /// The zone of all stores: three hours ahead of UTC the whole year.
    package static let zone = "Europe/Moscow"
    static let secondsAheadOfUTC: Int64 = 3 * 3600
}

extension TownStore {
    /// Enough for the most restless shopper to visit a different store each week.
    static let storesMin = 12
    private static let shoppersForAStore = 1500
    private static let regions = ["Riverside", "Old Town", "Hillside", "Harbour"]

    /// The stores of a town: one for each 1 500 shoppers, at least twelve; the largest is some eight times the smallest.
    static func all(of plan: TownPlan) -> [TownStore] {
        let count = max(storesMin, plan.shoppers / shoppersForAStore)
        return (0..<count).map { index in
            var draws = Draws(seed: plan.seed, .store, UInt64(index))
            let size = 0.4 + 2.8 * draws.unit() * draws.unit()
            let region = regions[index * regions.count / count]
            return TownStore(
                index: index, id: ExternalID(stored: "store-" + zeroPadded(index + 1, width: 4)),
                name: "Market \(index + 1), \(region)", region: region, tills: 3 + Int(3 * size), size: size)
        }
    }
}

/// `number` in decimal digits, with zeros in front up to `width`.
func zeroPadded(_ number: Int, width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
