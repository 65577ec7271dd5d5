import Campaigns
import Kernel
import Postgres
import Receipts

enum HeldQuoteState: String, CaseIterable, SQLWord {
    case pending, posted, released, replaced, expired
}

/// A quote that keeps money and limits until it is posted, released, replaced or expires, once.
struct HeldQuote: Sendable {
    let id: QuoteID
    let basket: ExternalID
    let store: Int32
    let shopper: Int64?
    let channel: ReceiptChannel
    let businessDay: BusinessDay
    let quotedAt: Instant
    let expiresAt: Instant
    var state = HeldQuoteState.pending
}

/// The frozen terms of one of its discounts.
struct HeldDiscount: Sendable, Hashable {
    let quote: QuoteID
    let lineNo: Int32
    let campaign: CampaignID
    let version: Int64
    let product: Int32
    let quantityMilli: Int64
    let units: Int64
    let amountMinor: Int64
    let feeMinor: Int64
    /// Its money counts to the pace of its campaign.
    let isPaced: Bool
    /// By account what is kept of it, before the fee, where some took over what others could not pay; else empty.
    var takenOver: [Identifier: Int64] = [:]
}
