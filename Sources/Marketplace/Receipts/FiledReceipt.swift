package import JSONText
package import Kernel
import Postgres

/// A receipt as it stands on file, with the retailer's ids.
package struct FiledReceipt: Sendable {
    package let key: ReceiptKey
    package let storedKey: StoredKey
    package let kind: ReceiptKind
    package let channel: ReceiptChannel
    package let shopperID: ExternalID?
    package let soldAt: Instant
    package let receivedAt: Instant
    package let total: Int64?
    package let rounding: Int64
    package let fiscalID: String?
    package let basketID: ExternalID?
    package let voidedAt: Instant?
    package let isClockSuspect: Bool
    package let lines: [Line]

    package struct Line: Hashable, Sendable {
        package let lineNo: Int32
        package let productID: ExternalID
        package let quantityMilli: Int64
        package let regularAmount: Int64
        package let baseAmount: Int64
        package let paidAmount: Int64?
        package let vatRate: BasisPoints?
    }
}

extension FiledReceipt: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            key.writeFields(to: &json)
            json.field("kind", word: kind)
            json.field("channel", word: channel)
            json.field("shopper_id", shopperID)
            json.field("sold_at", soldAt)
            json.field("received_at", receivedAt)
            json.field("total", total)
            json.field("rounding", rounding)
            json.field("fiscal_id", fiscalID)
            json.field("basket_id", basketID)
            json.field("voided_at", voidedAt)
            json.field("clock_suspect", isClockSuspect)
            json.array("lines", lines) { $1.write(to: &$0) }
        }
    }
}

extension FiledReceipt.Line: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line_no", lineNo)
            json.field("product_id", productID)
            json.field("quantity_milli", quantityMilli)
            json.field("regular_amount", regularAmount)
            json.field("base_amount", baseAmount)
            json.field("paid_amount", paidAmount)
            json.field("vat_rate_bp", vatRate)
        }
    }
}
