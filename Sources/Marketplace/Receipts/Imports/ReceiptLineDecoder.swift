import Kernel

/// The fast reader of a receipt's JSON, without a tree. It reads what feeds usually write and returns nil for anything
/// else, right or wrong; what it returns is what `Receipt.parse` would.
enum ReceiptLineDecoder {
    static func receipt(in line: ArraySlice<UInt8>) -> Receipt? {
        var cursor = LineCursor(line)
        var header = HeaderMembers()
        guard object(&cursor, { name, cursor in header.read(name, &cursor) }), cursor.isAtEnd,
            var receipt = header.receipt, ReceiptRules.settle(&receipt).isEmpty
        else { return nil }
        return receipt
    }

    /// The members of an object, each given to `read`, which says whether it understood.
    fileprivate static func object(_ cursor: inout LineCursor, _ read: (String, inout LineCursor) -> Bool) -> Bool {
        guard cursor.take(UInt8(ascii: "{")) else { return false }
        repeat {
            guard let name = cursor.name(), read(name, &cursor) else { return false }
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "}"))
    }

    fileprivate static func lines(_ cursor: inout LineCursor) -> [ReceiptLine]? {
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        var lines: [ReceiptLine] = []
        repeat {
            var members = LineMembers()
            guard object(&cursor, { name, cursor in members.read(name, &cursor) }), let line = members.line,
                lines.count < Receipt.linesMax
            else { return nil }
            lines.append(line)
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) ? lines : nil
    }
}

/// Fills an empty place; false where the member is bad or came before.
private func fill<Value>(_ place: inout Value?, _ value: Value?) -> Bool {
    guard place == nil, let value else { return false }
    place = value
    return true
}

private struct HeaderMembers {
    var storeID: ExternalID?
    var businessDay: BusinessDay?
    var till: ExternalID?
    var shift: String?
    var number: ExternalID?
    var kind: ReceiptKind?
    var channel: ReceiptChannel?
    var shopperID: ExternalID?
    var soldAt: Instant?
    var total: Int64?
    var rounding: Int64?
    var fiscalID: ExternalID?
    var basketID: ExternalID?
    var lines: [ReceiptLine]?

    mutating func read(_ name: String, _ cursor: inout LineCursor) -> Bool {
        switch name {
        case "store_id": fill(&storeID, cursor.externalID())
        case "business_day": fill(&businessDay, cursor.string().flatMap { BusinessDay($0) })
        case "till": fill(&till, cursor.externalID())
        case "shift": fill(&shift, cursor.string())
        case "number": fill(&number, cursor.externalID())
        case "kind": fill(&kind, cursor.string().flatMap { ReceiptKind(rawValue: $0) })
        case "channel": fill(&channel, cursor.string().flatMap { ReceiptChannel(rawValue: $0) })
        case "shopper_id": fill(&shopperID, cursor.externalID())
        case "sold_at": fill(&soldAt, cursor.string().flatMap { Instant($0) })
        case "total": fill(&total, cursor.integer(in: 0...Money.bound))
        case "rounding": fill(&rounding, cursor.integer(in: -Receipt.roundingMax...Receipt.roundingMax))
        case "fiscal_id": fill(&fiscalID, cursor.externalID())
        case "basket_id": fill(&basketID, cursor.externalID())
        case "lines": fill(&lines, ReceiptLineDecoder.lines(&cursor))
        default: false
        }
    }

    var receipt: Receipt? {
        guard let storeID, let businessDay, let till, let number, let soldAt, let lines else { return nil }
        return Receipt(
            key: ReceiptKey(
                storeID: storeID, businessDay: businessDay, till: till,
                shift: shift.flatMap { $0.isEmpty ? nil : ExternalID(stored: $0) }, number: number),
            kind: kind ?? .sale, channel: channel ?? .till, shopperID: shopperID, soldAt: soldAt, total: total,
            rounding: rounding ?? 0, fiscalID: fiscalID?.text, basketID: basketID, lines: lines)
    }
}

private struct LineMembers {
    var lineNo: Int64?
    var productID: ExternalID?
    var quantityMilli: Int64?
    var unit: LineUnit?
    var regularAmount: Int64?
    var baseAmount: Int64?
    var paidAmount: Int64?
    var vatRate: Int64?
    var isClosed: Bool?

    mutating func read(_ name: String, _ cursor: inout LineCursor) -> Bool {
        switch name {
        case "line_no": fill(&lineNo, cursor.integer(in: 1...Receipt.lineNoMax))
        case "product_id": fill(&productID, cursor.externalID())
        case "quantity_milli": fill(&quantityMilli, cursor.integer(in: 0...Receipt.quantityMilliMax))
        case "unit": fill(&unit, cursor.string().flatMap { LineUnit(rawValue: $0) })
        case "regular_amount": fill(&regularAmount, cursor.integer(in: 0...Money.bound))
        case "base_amount": fill(&baseAmount, cursor.integer(in: 0...Money.bound))
        case "paid_amount": fill(&paidAmount, cursor.integer(in: 0...Money.bound))
        case "vat_rate_bp": fill(&vatRate, cursor.integer(in: 0...Int64(BasisPoints.whole)))
        case "closed": fill(&isClosed, cursor.bool())
        default: false
        }
    }

    var line: ReceiptLine? {
        guard let lineNo, let productID, let quantityMilli, let regularAmount, let baseAmount else { return nil }
        return ReceiptLine(
            lineNo: Int32(lineNo), productID: productID, quantityMilli: quantityMilli, unit: unit ?? .piece,
            regularAmount: regularAmount, baseAmount: baseAmount, paidAmount: paidAmount,
            vatRate: vatRate.flatMap { BasisPoints(Int32($0)) }, isClosed: isClosed ?? false)
    }
}
