package import Kernel

/// A sale at a till, as the town's tills would send it. Amounts are in kopecks with VAT; base is what the shopper pays
/// without us, after the card price.
package struct TownReceipt: Hashable, Sendable {
    package let storeID: ExternalID
    package let till: String
    package let businessDay: BusinessDay
    /// The town's tills number through the day.
    package var shift: String { "" }
    /// Unique by store, till and business day.
    package let number: String
    package let soldAt: Instant
    /// Nil where no card was shown.
    package let shopperID: ExternalID?
    /// At least one; each product once.
    package let lines: [TownLine]

    package var totalMinor: Int64 { lines.reduce(0) { $0 + $1.baseAmountMinor } }
}

/// One product on a receipt.
package struct TownLine: Hashable, Sendable {
    /// From 1.
    package let lineNo: Int32
    /// Index of `Town.products`.
    package let product: Int32
    package let productID: ExternalID
    package let quantityMilli: Int64
    package let unit: SaleUnit
    package let regularAmountMinor: Int64
    package let baseAmountMinor: Int64
    package let vatRateBp: Int32
}
