package import Kernel
import Postgres

package enum ReceiptKind: String, CaseIterable, SQLWord {
    case sale
    /// Gives lines back; each may name the line that it returns.
    case `return`
    /// Undoes a whole sale of the same business day.
    case void
}

package enum ReceiptChannel: String, CaseIterable, SQLWord {
    case till, online
}

/// A till's document: a fact, as the shopper has paid. Lines stand in the order of their numbers.
package struct Receipt: Hashable, Sendable {
    package static let linesMax = 2_000
    package static let lineNoMax: Int64 = 1_000_000
    package static let quantityMilliMax: Int64 = 1_000_000_000_000
    package static let roundingMax: Int64 = 1_000_000
    package static let discountsMax = 50
    package static let quoteCharactersMax = 2_048

    package var key: ReceiptKey
    package var kind: ReceiptKind
    package var channel: ReceiptChannel
    package var shopperID: ExternalID?
    package var soldAt: Instant
    /// What was paid, in minor units; nil where the feed has neither it nor the lines' paid amounts.
    package var total: Int64?
    package var rounding: Int64
    package var fiscalID: String?
    /// The till's transaction, which its quotes name as well.
    package var basketID: ExternalID?
    /// The sale that a void undoes.
    package var original: ReceiptKey?
    package var lines: [ReceiptLine]

    package init(
        key: ReceiptKey, kind: ReceiptKind = .sale, channel: ReceiptChannel = .till, shopperID: ExternalID? = nil,
        soldAt: Instant, total: Int64? = nil, rounding: Int64 = 0, fiscalID: String? = nil, basketID: ExternalID? = nil,
        original: ReceiptKey? = nil, lines: [ReceiptLine]
    ) {
        self.key = key
        self.kind = kind
        self.channel = channel
        self.shopperID = shopperID
        self.soldAt = soldAt
        self.total = total
        self.rounding = rounding
        self.fiscalID = fiscalID
        self.basketID = basketID
        self.original = original
        self.lines = lines
    }

    /// Whether a till gave discounts of campaigns on it.
    package var hasDiscounts: Bool { kind == .sale && lines.contains { !$0.discounts.isEmpty } }
}
