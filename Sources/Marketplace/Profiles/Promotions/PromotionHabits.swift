import Kernel
import Parties

/// One shopper's way with discounts: what is counted of their receipts, less what came back. Made once and emptied for each
/// shopper.
package struct PromotionHabits: Sendable {
    /// Of the profile window.
    package private(set) var receipts: Int64 = 0
    /// Paid for lines, in minor units; like all money here it stops at the bounds of 64 bits.
    package private(set) var spendMinor: Int64 = 0
    /// Paid for lines that were deeply discounted.
    package private(set) var deepMinor: Int64 = 0
    /// Paid for lines at their regular price.
    package private(set) var fullPriceMinor: Int64 = 0
    /// Of lines whose cost is known.
    package private(set) var marginMinor: Int64 = 0
    package private(set) var discountedLines: Int64 = 0
    package private(set) var smallLines: Int64 = 0
    /// Lines with a price, and those of them whose cost is known.
    package private(set) var pricedLines: Int64 = 0
    package private(set) var costedLines: Int64 = 0
    /// Lines with a category, of the days that make shoppers alike.
    package private(set) var lines: Int64 = 0

    private let ways: PromotionWays
    private var linesByCategory: [Int64]
    /// Numbers of the categories that were bought, in no order. What was bought of one may have come back.
    package private(set) var categories: [Int32] = []

    package init(_ ways: PromotionWays) {
        self.ways = ways
        linesByCategory = [Int64](repeating: 0, count: ways.categoryCount)
    }

    package func lines(of category: Int32) -> Int64 { linesByCategory[Int(category)] }

    /// Of all lines, in `AlikeShoppers.whole`ths, rounded down. Sales and what came back are read one after the other: a card that was
    /// detached in between makes no part of more than all.
    func part(of category: Int32) -> Int64 {
        min(AlikeShoppers.whole, linesByCategory[Int(category)] * AlikeShoppers.whole / max(1, lines))
    }

    package mutating func clear() {
        for category in categories { linesByCategory[Int(category)] = 0 }
        categories.removeAll(keepingCapacity: true)
        (receipts, spendMinor, deepMinor, fullPriceMinor, marginMinor) = (0, 0, 0, 0, 0)
        (discountedLines, smallLines, pricedLines, costedLines, lines) = (0, 0, 0, 0, 0)
    }

    mutating func add(_ receipt: PromotionReceipt) { count(receipt, 1) }

    /// Takes off what came back of a receipt that was added: a line that came back whole is gone, a receipt without a line does not
    /// exist (DOMAIN 12).
    mutating func takeBack(_ returned: ReturnedLines, of receipt: PromotionReceipt) {
        count(receipt, -1)
        let left = receipt.without(returned)
        if !left.products.isEmpty { count(left, 1) }
    }

    private mutating func count(_ receipt: PromotionReceipt, _ sign: Int64) {
        if receipt.day >= ways.alikeFrom { for product in receipt.products { count(product, sign) } }
        guard receipt.day >= ways.windowFrom else { return }
        receipts += sign
        for line in receipt.products.indices { price(line, of: receipt, sign) }
    }

    private mutating func count(_ product: Int32, _ sign: Int64) {
        guard let category = ways.category(of: product) else { return }
        if linesByCategory[Int(category)] == 0, !categories.contains(category) { categories.append(category) }
        linesByCategory[Int(category)] += sign
        lines += sign
    }

    /// A line without a price says nothing.
    private mutating func price(_ line: Int, of receipt: PromotionReceipt, _ sign: Int64) {
        guard let paid = receipt.paid[line], let money = receipt.money[line] else { return }
        spendMinor.move(money, sign)
        pricedLines += sign
        if let margin = ways.costs.margin(of: line, receipt, paid: money) {
            marginMinor.move(margin, sign)
            costedLines += sign
        }
        guard let regular = receipt.regular[line], regular > 0 else { return }
        guard paid < regular else { return fullPriceMinor.move(money, sign) }
        let off = Int128(regular - paid) * Int128(BasisPoints.whole)
        discountedLines += sign
        if off <= Int128(regular) * Int128(ways.rules.smallDiscount.depth.value) { smallLines += sign }
        if off >= Int128(regular) * Int128(ways.rules.deepPromotion.depth.value) { deepMinor.move(money, sign) }
    }
}

extension Int64 {
    /// So much more, or less where the sign is below 0.
    fileprivate mutating func move(_ amount: Int64, _ sign: Int64) {
        self = Int64(clamping: Int128(self) + Int128(amount) * Int128(sign))
    }
}
