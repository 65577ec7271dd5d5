/// Receipts of a file that one transaction takes over, in its order.
///
/// Sales with discounts and what corrects sales are never together, since each kind locks accounts once; of either there are
/// only so many. Neither are two receipts with one key and other content: the second is judged by what the first left on
/// file. All others go with either.
struct ReceiptStretch {
    private let discountedMax: Int
    private var discounted = 0
    private var corrections = 0
    private var contents: [ReceiptKey: Receipt] = [:]

    init(discountedMax: Int) { self.discountedMax = discountedMax }

    init(discountedMax: Int, beginningWith receipt: Receipt) {
        self.init(discountedMax: discountedMax)
        take(receipt)
    }

    /// Takes it in where it goes with those before it.
    mutating func takes(_ receipt: Receipt) -> Bool {
        let (isDiscounted, isCorrection) = (receipt.hasDiscounts, receipt.kind != .sale)
        if isDiscounted, corrections > 0 || discounted == discountedMax { return false }
        if isCorrection, discounted > 0 || corrections == discountedMax { return false }
        if let earlier = contents[receipt.key], earlier != receipt { return false }
        take(receipt)
        return true
    }

    private mutating func take(_ receipt: Receipt) {
        if receipt.hasDiscounts { discounted += 1 }
        if receipt.kind != .sale { corrections += 1 }
        contents[receipt.key] = receipt
    }
}
