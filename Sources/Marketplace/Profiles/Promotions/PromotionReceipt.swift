import Kernel

/// A sale as it is read for habits. The lists are parallel.
struct PromotionReceipt {
    let shopper: UInt32
    let day: BusinessDay
    let store: Int32
    let products: [Int32]
    let regular: [Int64?]
    /// At the sale: how deeply a line was discounted is what it was then.
    let paid: [Int64?]
    /// What of it was kept.
    let money: [Int64?]
    /// Empty where no cost is known.
    let quantityMilli: [Int64]
    let vatBP: [Int32?]

    /// What is left of it, as profiles say (`PurchaseFacts`): a line that came back whole is gone, one that came back in part
    /// has less money.
    func without(_ returned: ReturnedLines) -> PromotionReceipt {
        let kept = products.indices.filter { line in
            returned.quantityMilli[line] == 0 || returned.quantityMilli[line] < returned.soldMilli[line]
        }
        return PromotionReceipt(
            shopper: shopper, day: day, store: store, products: kept.map { products[$0] }, regular: kept.map { regular[$0] },
            paid: kept.map { paid[$0] }, money: kept.map { line in money[line].map { max(0, $0 - returned.minor[line]) } },
            quantityMilli: quantityMilli.isEmpty ? [] : kept.map { quantityMilli[$0] - returned.quantityMilli[$0] },
            vatBP: vatBP.isEmpty ? [] : kept.map { vatBP[$0] })
    }
}

/// What came back of each line of a receipt, and how much was sold: thousandths of units, and minor units.
struct ReturnedLines {
    let quantityMilli: [Int64]
    let minor: [Int64]
    let soldMilli: [Int64]
}
