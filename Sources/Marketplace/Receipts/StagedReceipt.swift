import Kernel
import Postgres
import Shoppers

/// A receipt as a row: ids turned into numbers, lines into parallel arrays.
struct StagedReceipt: Sendable {
    /// Its place in the batch.
    let place: Int
    let key: StoredKey
    let kind: ReceiptKind
    let channel: ReceiptChannel
    let shopperKey: Int64?
    /// The number of the card that it came with.
    let cardKey: Int64?
    let soldAt: Instant
    let receivedAt: Instant
    let total: Int64?
    let rounding: Int64
    let fiscalID: String?
    let basketID: ExternalID?
    let fingerprint: Bytes
    let isClockSuspect: Bool
    let lines: [ReceiptLine]
    let productOrdinals: [Int32]

    init(_ place: Int, _ receipt: Receipt, _ filed: FiledReceipts, _ filing: Filing) {
        self.place = place
        guard let store = filed.storeOrdinals[receipt.key.storeID] else { preconditionFailure("a store without a number") }
        key = StoredKey(receipt.key, storeOrdinal: store)
        kind = receipt.kind
        channel = receipt.channel
        let owner = receipt.shopperID.flatMap { filed.shoppers[$0] }
        shopperKey = owner?.shopper
        cardKey = owner?.card
        soldAt = receipt.soldAt
        receivedAt = filing.receivedAt
        total = receipt.total
        rounding = receipt.rounding
        fiscalID = receipt.fiscalID
        basketID = receipt.basketID
        fingerprint = receipt.fingerprint
        isClockSuspect = filing.origin(of: receipt).isClockSuspect(
            soldAt: receipt.soldAt, receivedAt: filing.receivedAt)
        lines = receipt.lines
        productOrdinals = receipt.lines.map { line in
            guard let product = filed.productOrdinals[line.productID] else {
                preconditionFailure("a product without a number")
            }
            return product
        }
    }

    var facts: ReceiptFacts {
        ReceiptFacts(
            kind: kind, channel: channel, shopperKey: shopperKey, soldAt: soldAt, total: total, rounding: rounding,
            fiscalID: fiscalID, basketID: basketID, lineNo: lines.map(\.lineNo), productOrdinal: productOrdinals,
            quantityMilli: lines.map(\.quantityMilli), regularAmount: lines.map(\.regularAmount),
            baseAmount: lines.map(\.baseAmount), paidAmount: lines.map(\.paidAmount), vatRate: lines.map(\.vatRate))
    }

    func differs(from other: StagedReceipt) -> [String] { facts.differs(from: other.facts) }

    func differs(from other: ReceiptFacts) -> [String] { facts.differs(from: other) }
}

/// The facts of a receipt that are stored beside its key.
struct ReceiptFacts: Hashable, Sendable {
    let kind: ReceiptKind
    let channel: ReceiptChannel
    let shopperKey: Int64?
    let soldAt: Instant
    let total: Int64?
    let rounding: Int64
    let fiscalID: String?
    let basketID: ExternalID?
    let lineNo: [Int32]
    let productOrdinal: [Int32]
    let quantityMilli: [Int64]
    let regularAmount: [Int64]
    let baseAmount: [Int64]
    let paidAmount: [Int64?]
    let vatRate: [BasisPoints?]

    /// The JSON members in which two receipts differ. What only the fingerprint covers (a line's unit, its discounts, its
    /// original) is told as `/lines`.
    func differs(from other: ReceiptFacts) -> [String] {
        var members: [String] = []
        if kind != other.kind { members.append("/kind") }
        if channel != other.channel { members.append("/channel") }
        if shopperKey != other.shopperKey { members.append("/shopper_id") }
        if soldAt != other.soldAt { members.append("/sold_at") }
        if total != other.total { members.append("/total") }
        if rounding != other.rounding { members.append("/rounding") }
        if fiscalID != other.fiscalID { members.append("/fiscal_id") }
        if basketID != other.basketID { members.append("/basket_id") }
        if !hasLines(of: other) || members.isEmpty { members.append("/lines") }
        return members
    }

    /// Whether they are one but for the shopper, whom the other may not know any more.
    func isApartFromShopper(_ other: ReceiptFacts) -> Bool {
        kind == other.kind && channel == other.channel && soldAt == other.soldAt && total == other.total
            && rounding == other.rounding && fiscalID == other.fiscalID && basketID == other.basketID && hasLines(of: other)
    }

    private func hasLines(of other: ReceiptFacts) -> Bool {
        lineNo == other.lineNo && productOrdinal == other.productOrdinal && quantityMilli == other.quantityMilli
            && regularAmount == other.regularAmount && baseAmount == other.baseAmount && paidAmount == other.paidAmount
            && vatRate == other.vatRate
    }
}
