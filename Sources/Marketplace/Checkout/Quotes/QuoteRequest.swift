import Catalogue
package import HTTPSupport
import Kernel
import Receipts

/// What a till sends to learn what a basket costs now.
package struct QuoteRequest: Sendable {
    package static let linesMax = 1000

    let store: ExternalID
    /// The till's transaction: a new quote of it replaces its earlier hold.
    let basket: ExternalID?
    let shopper: ExternalID?
    let channel: ReceiptChannel
    /// Whether money and limits are kept until the receipt, a release, or time.
    let holds: Bool
    let lines: [Line]

    struct Line: Sendable {
        let lineNo: Int32
        let product: ExternalID
        let quantityMilli: Int64
        let unit: LineUnit
        let regularMinor: Int64
        let baseMinor: Int64
        let isClosed: Bool
    }

    package init(_ fields: Fields) {
        self.init(
            fields, basket: fields.externalIDIfPresent("basket_id"), holds: fields.boolIfPresent("hold") ?? false)
        if holds, basket == nil { fields.refuse("basket_id", "required", "A hold needs the till's transaction.") }
    }

    /// Of a basket that no till has before it.
    init(asking fields: Fields) { self.init(fields, basket: nil, holds: false) }

    private init(_ fields: Fields, basket: ExternalID?, holds: Bool) {
        store = fields.externalID("store_id")
        self.basket = basket
        shopper = fields.externalIDIfPresent("shopper_id")
        channel = fields.wordIfPresent("channel", ReceiptChannel.self) ?? .till
        self.holds = holds
        lines = fields.objects("lines", count: 1...Self.linesMax, Line.init)
        if Set(lines.map(\.lineNo)).count != lines.count { fields.refuse("lines", "repeated", "Line numbers must differ.") }
    }
}

extension QuoteRequest.Line {
    init(_ fields: Fields) {
        lineNo = Int32(fields.integer("line_no", in: 1...Receipt.lineNoMax))
        product = fields.externalID("product_id")
        quantityMilli = fields.integer("quantity_milli", in: 0...Receipt.quantityMilliMax)
        unit = fields.wordIfPresent("unit", LineUnit.self) ?? .piece
        regularMinor = fields.integer("regular_amount", in: 0...Money.bound)
        baseMinor = fields.integer("base_amount", in: 0...Money.bound)
        isClosed = fields.boolIfPresent("closed") ?? false
    }
}
