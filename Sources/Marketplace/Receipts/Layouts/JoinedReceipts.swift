import JSONText
import Kernel
import TextStreams

/// Sets with a file of receipts and one of their lines. The receipts are held in memory while the lines are read: they
/// are few; the lines of one stand one after the other.
struct JoinedReceipts: ImportLayout {
    static let files = ["dev/receipts.csv.gz", "dev/receipt_lines.csv.gz"]

    enum Source: Sendable {
        /// Lines carry `sales_value`; nothing is discounted.
        case sortOfReal
        /// Lines carry no amounts; what was paid is the header's `purchase_sum`.
        case x5
    }

    private let source: Source
    private var receipts: [ExternalID: Receipt] = [:]
    private var open: Receipt?

    init(_ source: Source) { self.source = source }

    mutating func read(_ row: borrowing CSVRecord, of header: CSVHeader, file: Int, into output: inout [UInt8]) throws {
        let row = LayoutRow(row, header)
        let basket = try row.id("basket_id")
        guard file == 1 else {
            receipts[basket] = try receipt(row, basket)
            return
        }
        if open?.key.number != basket {
            write(into: &output)
            open = receipts.removeValue(forKey: basket)
        }
        let number = Int32((open?.lines.count ?? 0) + 1)
        let next = try line(row, number)
        open?.lines.append(next)
    }

    mutating func finish(into output: inout [UInt8]) { write(into: &output) }

    private mutating func write(into output: inout [UInt8]) {
        guard let receipt = open else { return }
        open = nil
        output += receipt.jsonBytes + [UInt8(ascii: "\n")]
    }

    private func receipt(_ row: LayoutRow, _ basket: ExternalID) throws -> Receipt {
        let (soldAt, day) = try row.time("timestamp")
        return Receipt(
            key: ReceiptKey(
                storeID: try row.id("store_id"), businessDay: day, till: ExternalID(stored: "1"), shift: nil, number: basket),
            shopperID: try row.id("household_id"), soldAt: soldAt,
            total: source == .x5 ? try row.scaled("purchase_sum", digits: 2) : nil, lines: [])
    }

    private func line(_ row: LayoutRow, _ number: Int32) throws -> ReceiptLine {
        let amount = source == .x5 ? 0 : try row.scaled("sales_value", digits: 2)
        return ReceiptLine(
            lineNo: number, productID: try row.id("product_id"), quantityMilli: try row.scaled("quantity", digits: 3),
            regularAmount: amount, baseAmount: amount, paidAmount: source == .x5 ? nil : amount)
    }
}
