import JSONText
import Kernel
import TextStreams

/// The Complete Journey panel: rows of lines, those of a basket one after the other. regular = sales_value + retail_disc
/// + coupon_match_disc, base = sales_value, paid = sales_value - coupon_disc, in cents. Its till is not known: the basket
/// is the number.
struct CompleteJourney: ImportLayout {
    static let files = ["dev/receipt_lines.csv.gz"]

    private var open: Receipt?

    mutating func read(_ row: borrowing CSVRecord, of header: CSVHeader, file: Int, into output: inout [UInt8]) throws {
        let row = LayoutRow(row, header)
        let basket = try row.id("basket_id")
        if open?.key.number != basket {
            finish(into: &output)
            let (soldAt, day) = try row.time("timestamp")
            open = Receipt(
                key: ReceiptKey(
                    storeID: try row.id("store_id"), businessDay: day, till: ExternalID(stored: "1"), shift: nil,
                    number: basket),
                shopperID: try row.id("household_id"), soldAt: soldAt, lines: [])
        }
        let number = Int32((open?.lines.count ?? 0) + 1)
        let next = try line(row, number)
        open?.lines.append(next)
    }

    mutating func finish(into output: inout [UInt8]) {
        guard let receipt = open else { return }
        open = nil
        output += receipt.jsonBytes + [UInt8(ascii: "\n")]
    }

    private func line(_ row: LayoutRow, _ number: Int32) throws -> ReceiptLine {
        let base = try row.scaled("sales_value", digits: 2)
        let discounts = try row.scaled("retail_disc", digits: 2) + row.scaled("coupon_match_disc", digits: 2)
        return ReceiptLine(
            lineNo: number, productID: try row.id("product_id"), quantityMilli: try row.scaled("quantity", digits: 3),
            regularAmount: base + discounts, baseAmount: base,
            paidAmount: max(0, base - (try row.scaled("coupon_disc", digits: 2))))
    }
}
