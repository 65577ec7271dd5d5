import HTTPSupport
import JSONText
import Kernel
import TextStreams

/// Reads a row of receipts' CSV: directly where its fields are as usual, else through the general parser, which also
/// says what is wrong.
struct ReceiptRowDecoder {
    private let header: ImportHeader
    private let storeID, businessDay, till, number, soldAt, lineNo, productID, quantity, regular, base: Int
    private let shift, kind, channel, shopperID, total, rounding, fiscalID, basketID, unit, paid, vatRate, closed: Int?
    private let originals: [Int]

    init(_ header: ImportHeader) {
        self.header = header
        let required = { (name: String) in header.index(of: name) ?? 0 }
        storeID = required("store_id")
        businessDay = required("business_day")
        till = required("till")
        number = required("number")
        soldAt = required("sold_at")
        lineNo = required("line_no")
        productID = required("product_id")
        quantity = required("quantity_milli")
        regular = required("regular_amount")
        base = required("base_amount")
        shift = header.index(of: "shift")
        kind = header.index(of: "kind")
        channel = header.index(of: "channel")
        shopperID = header.index(of: "shopper_id")
        total = header.index(of: "total")
        rounding = header.index(of: "rounding")
        fiscalID = header.index(of: "fiscal_id")
        basketID = header.index(of: "basket_id")
        unit = header.index(of: "unit")
        paid = header.index(of: "paid_amount")
        vatRate = header.index(of: "vat_rate_bp")
        closed = header.index(of: "closed")
        originals = header.columns.indices.filter { header.columns[$0].name.hasPrefix("original_") }
    }

    /// The receipt of a first row, with its line.
    func receipt(_ row: borrowing CSVRecord) throws -> Receipt {
        if var receipt = fastHeader(row), receipt.kind == .sale, let line = fastLine(row) {
            receipt.lines = [line]
            return receipt
        }
        return try general(row)
    }

    /// The line of a later row.
    func line(_ row: borrowing CSVRecord) throws -> ReceiptLine {
        if let line = fastLine(row) { return line }
        guard let line = try general(row).lines.first else {
            throw Problem.invalid([FieldProblem(pointer: "/lines/0/product_id", code: "required", detail: "Is required.")])
        }
        return line
    }

    private func fastHeader(_ row: borrowing CSVRecord) -> Receipt? {
        guard let storeID = id(row[storeID]), let day = BusinessDay(row.text(businessDay)), let till = id(row[till]),
            let number = id(row[number]), let soldAt = Instant(row.text(soldAt)),
            isEmpty(row, kind) || text(row, kind) == "sale"
        else { return nil }
        guard let shift = optional(row, shift, id), let shopper = optional(row, shopperID, id),
            let fiscal = optional(row, fiscalID, id), let basket = optional(row, basketID, id),
            let total = optional(row, total, { integer($0, in: 0...Money.bound) }),
            let rounding = optional(row, rounding, { integer($0, in: -Receipt.roundingMax...Receipt.roundingMax) }),
            let channel = optional(row, channel, { ReceiptChannel(rawValue: String(decoding: $0, as: UTF8.self)) })
        else { return nil }
        return Receipt(
            key: ReceiptKey(storeID: storeID, businessDay: day, till: till, shift: shift, number: number),
            channel: channel ?? .till, shopperID: shopper, soldAt: soldAt, total: total, rounding: rounding ?? 0,
            fiscalID: fiscal?.text, basketID: basket, lines: [])
    }

    private func fastLine(_ row: borrowing CSVRecord) -> ReceiptLine? {
        guard let number = integer(row[lineNo], in: 1...Receipt.lineNoMax), let product = id(row[productID]),
            let quantity = integer(row[quantity], in: 0...Receipt.quantityMilliMax),
            let regular = integer(row[regular], in: 0...Money.bound), let base = integer(row[base], in: 0...Money.bound),
            let unit = optional(row, unit, { LineUnit(rawValue: String(decoding: $0, as: UTF8.self)) }),
            let paid = optional(row, paid, { integer($0, in: 0...Money.bound) }),
            let vatRate = optional(row, vatRate, { integer($0, in: 0...Int64(BasisPoints.whole)) }),
            isEmpty(row, closed) || text(row, closed) == "false"
        else { return nil }
        for index in originals where !row[index].isEmpty { return nil }
        return ReceiptLine(
            lineNo: Int32(number), productID: product, quantityMilli: quantity, unit: unit ?? .piece, regularAmount: regular,
            baseAmount: base, paidAmount: paid, vatRate: vatRate.flatMap { BasisPoints(Int32($0)) })
    }

    private func isEmpty(_ row: borrowing CSVRecord, _ index: Int?) -> Bool { index.map { row[$0].isEmpty } ?? true }

    private func text(_ row: borrowing CSVRecord, _ index: Int?) -> String { index.map { row.text($0) } ?? "" }

    /// Nil where the field cannot be read; nil within where it is empty.
    private func optional<Value>(
        _ row: borrowing CSVRecord, _ index: Int?, _ read: (ArraySlice<UInt8>) -> Value?
    ) -> Value?? {
        guard let index, case let field = row[index], !field.isEmpty else { return .some(nil) }
        return read(field).map { .some($0) }
    }

    /// Printable ASCII of 1 to 128 bytes.
    private func id(_ field: ArraySlice<UInt8>) -> ExternalID? {
        guard !field.isEmpty, field.count <= ExternalID.bytesMax else { return nil }
        for byte in field where byte < 0x20 || byte > 0x7E { return nil }
        return ExternalID(stored: String(decoding: field, as: UTF8.self))
    }

    private func integer(_ field: ArraySlice<UInt8>, in range: ClosedRange<Int64>) -> Int64? {
        let isNegative = field.first == UInt8(ascii: "-")
        let digits = isNegative ? field.dropFirst() : field
        guard (1...18).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        let number = isNegative ? -value : value
        return range.contains(number) ? number : nil
    }
}

extension ReceiptRowDecoder {
    /// One row as a receipt of its own. What holds between rows is checked when all are there.
    private func general(_ row: borrowing CSVRecord) throws -> Receipt {
        var (head, line, original): ([String: JSONValue], [String: JSONValue], [String: JSONValue]) = ([:], [:], [:])
        for (index, column) in header.columns.enumerated() where !row[index].isEmpty {
            guard let text = String(wellFormed: row[index]) else {
                throw Problem.invalid([FieldProblem(pointer: "/\(column.name)", code: "not_utf8", detail: "Is not UTF-8.")])
            }
            let value = column.value(text)
            if column.name.hasPrefix("original_") {
                original[String(column.name.dropFirst("original_".count))] = value
            } else if ReceiptRows.keyColumns.contains(column.name) || ReceiptRows.headerColumns.contains(column.name) {
                head[column.name] = value
            } else {
                line[column.name] = value
            }
        }
        if head["kind"] == .string("void") {
            if !original.isEmpty { head["original"] = .object(original) }
        } else if !original.isEmpty {
            let number = original.removeValue(forKey: "line_no")
            line["original"] = .object(["key": .object(original), "line_no": number ?? .null])
        }
        head["lines"] = .array(line.isEmpty ? [] : [.object(line)])
        return try Fields.read(.object(head)) { Receipt($0) }
    }
}
