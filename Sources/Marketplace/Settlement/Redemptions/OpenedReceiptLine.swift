import Checkout
import JSONText
import Kernel
import Postgres
import Receipts

/// The line of a receipt behind a redemption, as the till filed it: for whoever checks that the two agree.
struct OpenedReceiptLine: Sendable {
    let redemption: RedemptionID
    let place: ReceiptPlace
    let soldAt: Instant
    let receivedAt: Instant
    let voidedAt: Instant?
    let line: FiledReceipt.Line
}

extension OpenedReceiptLine: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("redemption_id", redemption)
            json.field("receipt", place)
            json.field("sold_at", soldAt)
            json.field("received_at", receivedAt)
            json.field("voided_at", voidedAt)
            json.field("line", line)
        }
    }
}

extension Transaction {
    /// Nil where the receipt is no longer kept.
    func receiptLine(
        behind redemption: RedemptionID, at place: ReceiptPlace, of retailer: RetailerID
    ) throws -> OpenedReceiptLine? {
        let key = ReceiptKey(
            storeID: place.store, businessDay: place.businessDay, till: ExternalID(stored: place.till),
            shift: place.shift.isEmpty ? nil : ExternalID(stored: place.shift), number: ExternalID(stored: place.number))
        guard let receipt = try filedReceipt(key, of: retailer),
            let line = receipt.lines.first(where: { $0.lineNo == place.lineNo })
        else { return nil }
        return OpenedReceiptLine(
            redemption: redemption, place: place, soldAt: receipt.soldAt, receivedAt: receipt.receivedAt,
            voidedAt: receipt.voidedAt, line: line)
    }
}
