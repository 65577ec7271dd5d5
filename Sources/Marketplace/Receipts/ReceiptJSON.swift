package import JSONText
import Kernel

extension Receipt: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            key.writeFields(to: &json)
            json.field("kind", word: kind)
            json.field("channel", word: channel)
            json.fieldIfPresent("shopper_id", shopperID)
            json.field("sold_at", soldAt)
            json.fieldIfPresent("total", total)
            json.field("rounding", rounding)
            json.fieldIfPresent("fiscal_id", fiscalID)
            json.fieldIfPresent("basket_id", basketID)
            json.fieldIfPresent("original", original)
            json.array("lines", lines) { $1.write(to: &$0) }
        }
    }
}

extension ReceiptKey: JSONWritable {
    package func write(to json: inout JSONWriter) { json.object { writeFields(to: &$0) } }

    func writeFields(to json: inout JSONWriter) {
        json.field("store_id", storeID)
        json.field("business_day", businessDay)
        json.field("till", till)
        json.field("shift", shiftText)
        json.field("number", number)
    }
}

extension ReceiptLine: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line_no", lineNo)
            json.field("product_id", productID)
            json.field("quantity_milli", quantityMilli)
            json.field("unit", word: unit)
            json.field("regular_amount", regularAmount)
            json.field("base_amount", baseAmount)
            json.fieldIfPresent("paid_amount", paidAmount)
            json.fieldIfPresent("vat_rate_bp", vatRate)
            if isClosed { json.field("closed", true) }
            if !discounts.isEmpty { json.array("discounts", discounts) { $1.write(to: &$0) } }
            json.fieldIfPresent("original", original)
        }
    }
}

extension LineDiscount: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("campaign_id", campaignID)
            json.fieldIfPresent("quote_id", quoteID)
            json.field("amount", amount)
        }
    }
}

extension OriginalLine: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("key", key)
            json.field("line_no", lineNo)
        }
    }
}
