import Kernel
import Parties

/// A retailer's sales in plain arrays, and the depth rules as DOMAIN 12 words them, without a thought for speed.
struct NaivePromotions {
    struct Line {
        let product: Int
        let quantityMilli: Int64
        let regular: Int64?
        let paid: Int64?
        let vatBP: Int32?
        /// What came back of it.
        var returnedMilli: Int64 = 0
        var returnedMinor: Int64 = 0

        /// What was kept of the money; nil where the price is not known.
        var money: Int64? { paid.map { max(0, $0 - returnedMinor) } }
        var isGone: Bool { returnedMilli >= quantityMilli && returnedMilli > 0 }
    }

    struct Sale {
        let shopper: Int64?
        let day: BusinessDay
        let store: Int32
        var lines: [Line]
        /// A sale that stands and whose clock is right.
        let counts: Bool
    }

    struct Cost {
        let product: Int
        let zone: String
        let from: BusinessDay
        let minor: Int64
    }

    let categories: [String?]
    let zoneOfStore: [Int32: String]
    let costs: [Cost]
    let sales: [Sale]
    let asOf: BusinessDay
    let windowDays: Int32
    let rules: DepthRules
    let shoppers: [Int64]
    /// Of whom a sample is: persons who have not said no.
    let base: Set<Int64>

    private func sales(of shopper: Int64, days: Int32) -> [Sale] {
        sales.compactMap { sale in
            guard sale.counts, sale.shopper == shopper, sale.day <= asOf, sale.day.daysSince1970 > asOf.daysSince1970 - days
            else { return nil }
            var kept = sale
            kept.lines.removeAll(where: \.isGone)
            return kept.lines.isEmpty && !sale.lines.isEmpty ? nil : kept
        }
    }

    /// Half of the lines of those who are looked at have a cost.
    private var isByMargin: Bool {
        let lines = base.flatMap { sales(of: $0, days: windowDays) }.flatMap { sale in
            sale.lines.filter { $0.paid != nil }.map { cost($0.product, sale) }
        }
        let costed = lines.count { $0 != nil }
        return costed > 0 && costed * 2 >= lines.count
    }

    private func cost(_ product: Int, _ sale: Sale) -> Int64? {
        let known = costs.filter { $0.product == product && $0.from <= sale.day }.sorted { $0.from < $1.from }
        let zone = zoneOfStore[sale.store]
        return (known.last { $0.zone == zone } ?? known.last { $0.zone.isEmpty })?.minor
    }

    /// Margin, or what was paid at full price.
    private func worth(of shopper: Int64, byMargin: Bool) -> Int64 {
        var worth: Int64 = 0
        for sale in sales(of: shopper, days: windowDays) {
            for line in sale.lines {
                guard let paid = line.paid, let money = line.money else { continue }
                if !byMargin {
                    if let regular = line.regular, regular > 0, paid >= regular { worth += money }
                } else if let cost = cost(line.product, sale) {
                    let net = money * 10_000 / (10_000 + Int64(line.vatBP ?? 0))
                    worth += net - cost * (line.quantityMilli - line.returnedMilli) / 1_000
                }
            }
        }
        return worth
    }

    /// Whether less than the lowest part of those who bought something brings less.
    private func isLowest(_ shopper: Int64) -> Bool {
        let buyers = base.filter { !sales(of: $0, days: windowDays).isEmpty }
        let byMargin = isByMargin
        let own = worth(of: shopper, byMargin: byMargin)
        let below = buyers.count { worth(of: $0, byMargin: byMargin) < own }
        return below * 10_000 / max(1, buyers.count) < Int(rules.deepPromotion.lowest.value)
    }

    func isDeepPromotionBuyer(_ shopper: Int64) -> Bool {
        let own = sales(of: shopper, days: windowDays)
        let lines = own.flatMap(\.lines).filter { $0.paid != nil }
        let spend = lines.reduce(0) { $0 + $1.money! }
        let deep = lines.filter { line in
            guard let regular = line.regular, regular > 0 else { return false }
            return line.paid! < regular && (regular - line.paid!) * 10_000 >= regular * Int64(rules.deepPromotion.depth.value)
        }.reduce(0) { $0 + $1.money! }
        return own.count >= Int(rules.deepPromotion.receiptsMin) && spend > 0
            && deep * 10_000 >= spend * Int64(rules.deepPromotion.spendShare.value) && isLowest(shopper)
    }

    func isSmallDiscountBuyer(_ shopper: Int64) -> Bool {
        let lines = sales(of: shopper, days: windowDays).flatMap(\.lines)
        let discounted = lines.compactMap { line -> (regular: Int64, off: Int64)? in
            guard let regular = line.regular, let paid = line.paid, regular > 0, paid < regular else { return nil }
            return (regular, regular - paid)
        }
        let small = discounted.count { $0.off * 10_000 <= $0.regular * Int64(rules.smallDiscount.depth.value) }
        return !discounted.isEmpty && small * 10_000 >= discounted.count * Int(rules.smallDiscount.lineShare.value)
    }

    /// Lines by category.
    private func basket(_ shopper: Int64) -> [String: Int] {
        sales(of: shopper, days: rules.missingCategory.days).flatMap(\.lines).reduce(into: [:]) { counts, line in
            if let category = categories[line.product] { counts[category, default: 0] += 1 }
        }
    }

    func misses(_ category: String, _ shopper: Int64) -> Bool {
        let own = basket(shopper)
        guard !own.isEmpty, own[category] == nil else { return false }
        let others = base.filter { $0 != shopper && !basket($0).isEmpty }
        let near = others.map { (distance: distance(own, basket($0)), shopper: $0) }
            .sorted { ($0.distance, $0.shopper) < ($1.distance, $1.shopper) }.prefix(Int(rules.missingCategory.neighbours))
        let buyers = near.count { basket($0.shopper)[category] != nil }
        return !near.isEmpty && buyers * 10_000 >= near.count * Int(rules.missingCategory.neighbourShare.value)
    }

    /// The sum of squared differences of the parts, each a whole number of 4 096ths.
    private func distance(_ one: [String: Int], _ other: [String: Int]) -> Int {
        let part = { (basket: [String: Int], category: String) in
            (basket[category] ?? 0) * 4_096 / basket.values.reduce(0, +)
        }
        return Set(one.keys).union(other.keys).reduce(0) { sum, category in
            let difference = part(one, category) - part(other, category)
            return sum + difference * difference
        }
    }
}
