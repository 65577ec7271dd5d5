package import HTTPSupport
package import JSONText
import Kernel

extension Receipt {
    /// Parses the JSON form; every bad field is reported with its pointer.
    package static func parse(_ json: JSONValue) throws -> Receipt {
        var receipt = try Fields.read(json) { Receipt($0) }
        let problems = ReceiptRules.settle(&receipt)
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        return receipt
    }

    /// The fields one by one; what holds between them is `ReceiptRules`.
    package init(_ fields: Fields) {
        self.init(
            key: ReceiptKey(fields), kind: fields.wordIfPresent("kind") ?? .sale,
            channel: fields.wordIfPresent("channel") ?? .till, shopperID: fields.externalIDIfPresent("shopper_id"),
            soldAt: fields.instant("sold_at"), total: fields.integerIfPresent("total", in: 0...Money.bound),
            rounding: fields.integerIfPresent("rounding", in: -Self.roundingMax...Self.roundingMax) ?? 0,
            fiscalID: fields.stringIfPresent("fiscal_id", max: 256), basketID: fields.externalIDIfPresent("basket_id"),
            original: fields.objectIfPresent("original") { ReceiptKey($0) },
            lines: fields.objectsIfPresent("lines", max: Self.linesMax) { ReceiptLine($0) })
    }
}

extension ReceiptKey {
    package init(_ fields: Fields) {
        self.init(
            storeID: fields.externalID("store_id"), businessDay: fields.day("business_day"), till: fields.externalID("till"),
            shift: Self.shift(fields), number: fields.externalID("number"))
    }

    /// "" is none, as in the table.
    private static func shift(_ fields: Fields) -> ExternalID? {
        fields.value("shift") == .string("") ? nil : fields.externalIDIfPresent("shift")
    }
}

extension ReceiptLine {
    package init(_ fields: Fields) {
        self.init(
            lineNo: Int32(fields.integer("line_no", in: 1...Receipt.lineNoMax)), productID: fields.externalID("product_id"),
            quantityMilli: fields.integer("quantity_milli", in: 0...Receipt.quantityMilliMax),
            unit: fields.wordIfPresent("unit") ?? .piece,
            regularAmount: fields.integer("regular_amount", in: 0...Money.bound),
            baseAmount: fields.integer("base_amount", in: 0...Money.bound),
            paidAmount: fields.integerIfPresent("paid_amount", in: 0...Money.bound),
            vatRate: fields.basisPointsIfPresent("vat_rate_bp"), isClosed: fields.boolIfPresent("closed") ?? false,
            discounts: fields.objectsIfPresent("discounts", max: Receipt.discountsMax) { LineDiscount($0) },
            original: fields.objectIfPresent("original") { OriginalLine($0) })
    }
}

extension LineDiscount {
    package init(_ fields: Fields) {
        self.init(
            campaignID: fields.id("campaign_id"),
            quoteID: fields.stringIfPresent("quote_id", max: Receipt.quoteCharactersMax),
            amount: fields.integer("amount", in: 1...Money.bound))
    }
}

extension OriginalLine {
    package init(_ fields: Fields) {
        let nowhere = ReceiptKey(
            storeID: ExternalID(stored: ""), businessDay: BusinessDay(daysSince1970: 0), till: ExternalID(stored: ""),
            shift: nil, number: ExternalID(stored: ""))
        self.init(
            key: fields.object("key", otherwise: nowhere) { ReceiptKey($0) },
            lineNo: Int32(fields.integer("line_no", in: 1...Receipt.lineNoMax)))
    }
}
