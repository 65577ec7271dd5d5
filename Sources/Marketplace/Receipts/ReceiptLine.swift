package import Kernel
import Postgres

/// How a quantity is counted: always in thousandths of it.
package enum LineUnit: String, CaseIterable, SQLWord {
    case piece, kg, l, m
}

package enum DiscountedCampaignKind: IDKind { package static let prefix = "campaign" }

/// A discount that the till really gave on a line. Whether it is paid is Checkout's to decide (DOMAIN 1).
package struct LineDiscount: Hashable, Sendable {
    package let campaignID: TypedID<DiscountedCampaignKind>
    /// The quote that promised it: an id of a hold or the token of a quote without one.
    package let quoteID: String?
    package let amount: Int64

    package init(campaignID: TypedID<DiscountedCampaignKind>, quoteID: String?, amount: Int64) {
        self.campaignID = campaignID
        self.quoteID = quoteID
        self.amount = amount
    }
}

/// The sold line that a returned one gives back.
package struct OriginalLine: Hashable, Sendable {
    package let key: ReceiptKey
    package let lineNo: Int32

    package init(key: ReceiptKey, lineNo: Int32) {
        self.key = key
        self.lineNo = lineNo
    }
}

/// One line of a receipt. Amounts are minor units for the whole line with VAT; a unit price is never multiplied back.
package struct ReceiptLine: Hashable, Sendable {
    package var lineNo: Int32
    package var productID: ExternalID
    package var quantityMilli: Int64
    package var unit: LineUnit
    /// At shelf prices.
    package var regularAmount: Int64
    /// What this shopper pays without us: after card price and the retailer's own promotions.
    package var baseAmount: Int64
    /// After every discount; nil where the feed does not say.
    package var paidAmount: Int64?
    package var vatRate: BasisPoints?
    /// Nothing may be added: a deep promotion, a legally fixed price.
    package var isClosed: Bool
    package var discounts: [LineDiscount]
    package var original: OriginalLine?

    package init(
        lineNo: Int32, productID: ExternalID, quantityMilli: Int64, unit: LineUnit = .piece, regularAmount: Int64,
        baseAmount: Int64, paidAmount: Int64? = nil, vatRate: BasisPoints? = nil, isClosed: Bool = false,
        discounts: [LineDiscount] = [], original: OriginalLine? = nil
    ) {
        self.lineNo = lineNo
        self.productID = productID
        self.quantityMilli = quantityMilli
        self.unit = unit
        self.regularAmount = regularAmount
        self.baseAmount = baseAmount
        self.paidAmount = paidAmount
        self.vatRate = vatRate
        self.isClosed = isClosed
        self.discounts = discounts
        self.original = original
    }
}
