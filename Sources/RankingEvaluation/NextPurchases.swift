import Offers

/// Who buys a product in the four weeks from a day on, and what is known of each shopper the day before.
struct NextPurchases {
    /// The next four weeks.
    static let horizonDays: Int32 = 28
    /// Asked about are shoppers with a receipt in so many days before, as for RFM, and products that so many of them will buy.
    static let activeDays: Int32 = 365
    static let buyersMin = 10

    private static let windowDays: Int32 = 365
    private static let reachDays: Int32 = 90

    struct Entry {
        let household: Int32
        let features: OfferFeatures
        let rfm: Int64
        let buys: Bool
    }

    private let whole: WholeReceipts
    private let day: Int32
    private let shoppers: [Int32]
    private let isActive: [Bool]
    /// By household: receipts, recency, spend place. The same for every product.
    private let habits: [OfferFeatures]
    private let rfm: [Int64]

    init(_ whole: WholeReceipts, from day: Int32) {
        (self.whole, self.day) = (whole, day)
        let past = whole.receipts.map { $0.filter { $0.day < day && $0.day >= day - Self.windowDays } }
        let spends = past.map { $0.reduce(Int64(0)) { $0 + $1.spend } }
        isActive = past.map { $0.last.map { $0.day >= day - Self.activeDays } ?? false }
        shoppers = past.indices.filter { [isActive] in isActive[$0] }.map(Int32.init)
        let places = Self.places(spends.enumerated().map { past[$0.offset].isEmpty ? -1 : $0.element })
        habits = past.indices.map { household in
            var features = OfferFeatures()
            features.receipts = Int32(past[household].count)
            features.recencyDays = past[household].last.map { day - $0.day }
            features.spendPlaceBp = Int32(places[household])
            return features
        }
        let recent = Self.places(past.map { $0.last.map { Int64($0.day) } ?? -1 })
        let frequent = Self.places(past.map { Int64($0.count) })
        rfm = past.indices.map { recent[$0] + frequent[$0] + places[$0] }
    }

    /// The products that can be asked about, at most so many of them, spread evenly over the catalogue.
    func products(most: Int) -> [Int32] {
        let wanted = whole.purchases.indices.filter { buyers(of: Int32($0)).count >= Self.buyersMin }
        let count = min(most, wanted.count)
        return (0..<count).map { Int32(wanted[$0 * wanted.count / count]) }
    }

    /// One for each active shopper.
    func entries(for product: Int32) -> [Entry] {
        let buyers = buyers(of: product)
        let own = days(of: whole.purchases[Int(product)])
        let shelf = whole.categories[Int(product)].map { days(of: whole.purchases(ofCategory: $0)) }
        let reachBp = reachBp(of: product)
        return shoppers.map { household in
            var features = habits[Int(household)]
            let (bought, near) = (own[household], shelf?[household])
            features.productReceipts = bought?.receipts ?? 0
            features.products = OfferFeatures.Bought(daysAgo: bought?.daysAgo(day))
            features.categoryReceipts = near?.receipts ?? 0
            features.categories = OfferFeatures.Bought(daysAgo: near?.daysAgo(day))
            features.dueBp = bought?.dueBp(day) ?? near?.dueBp(day)
            features.reachBp = reachBp
            return Entry(
                household: household, features: features, rfm: rfm[Int(household)], buys: buyers.contains(household))
        }
    }

    private func buyers(of product: Int32) -> Set<Int32> {
        Set(
            whole.purchases[Int(product)].lazy.filter {
                $0.day >= day && $0.day < day + Self.horizonDays && isActive[Int($0.household)]
            }.map(\.household))
    }

    private func days(of purchases: [WholeReceipts.Purchase]) -> [Int32: PurchaseDays] {
        var days: [Int32: PurchaseDays] = [:]
        for purchase in purchases where purchase.day < day && purchase.day >= day - Self.windowDays {
            days[purchase.household, default: PurchaseDays()].add(purchase.day, purchase.basket)
        }
        return days
    }

    private func reachBp(of product: Int32) -> Int32 {
        let buyers = Set(
            whole.purchases[Int(product)].lazy.filter { $0.day < day && $0.day >= day - Self.reachDays }.map(\.household))
        return Int32(buyers.count * 10_000 / max(1, whole.households))
    }

    /// Which part of all is below each value, in basis points.
    private static func places(_ values: [Int64]) -> [Int64] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var places = [Int64](repeating: 0, count: values.count)
        var below = 0
        for (rank, index) in order.enumerated() {
            if rank > 0, values[index] != values[order[rank - 1]] { below = rank }
            places[index] = Int64(below * 10_000 / max(1, values.count))
        }
        return places
    }
}
