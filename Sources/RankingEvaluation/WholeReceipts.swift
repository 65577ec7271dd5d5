/// Whole receipts of card holders (Sort-of-Real, or another folder of its form), by what they hold and by whose they are. Days are
/// days since 1970.
struct WholeReceipts {
    struct Receipt {
        let day: Int32
        var spend: Int64 = 0
    }

    struct Purchase {
        let household: Int32
        let day: Int32
        let basket: Int32
    }

    let folder: String
    /// By household, by day.
    let receipts: [[Receipt]]
    /// By product, by household, day and basket.
    let purchases: [[Purchase]]
    /// By product; nil where the catalogue has none.
    let categories: [Int32?]
    let productsByCategory: [Int32: [Int32]]

    var households: Int { receipts.count }
    var lastDay: Int32 { receipts.compactMap { $0.last?.day }.max() ?? 0 }
    var firstDay: Int32 { receipts.compactMap { $0.first?.day }.min() ?? 0 }

    func purchases(ofCategory category: Int32) -> [Purchase] {
        (productsByCategory[category] ?? []).flatMap { purchases[Int($0)] }.sorted(by: Purchase.precedes)
    }
}

extension WholeReceipts.Purchase {
    static func precedes(_ left: Self, _ right: Self) -> Bool {
        (left.household, left.day, left.basket) < (right.household, right.day, right.basket)
    }
}
