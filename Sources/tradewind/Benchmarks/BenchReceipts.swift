import JSONText
import Kernel
import Postgres
import Receipts

/// Receipts drawn from their number alone: the same in each form and each run. Ten lines each, 20 stores, 5 000 products,
/// 20 000 shoppers, 60 days.
enum BenchReceipts {
    static let csvHeader = Array(
        ("store_id,business_day,till,number,shopper_id,sold_at,total,line_no,product_id,quantity_milli,regular_amount,"
            + "base_amount,paid_amount,vat_rate_bp\n").utf8)

    /// Stretches of a thousand receipts.
    static func pieces(_ count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: 1000).map { $0..<min(count, $0 + 1000) }
    }

    static func ndjson(_ range: Range<Int>) -> [UInt8] {
        range.flatMap { receipt($0).jsonBytes + [UInt8(ascii: "\n")] }
    }

    static func csv(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in range {
            let receipt = receipt(index)
            let key = receipt.key
            let head =
                "\(key.storeID),\(key.businessDay),\(key.till),\(key.number),\(receipt.shopperID?.text ?? ""),"
                + "\(receipt.soldAt),\(receipt.total ?? 0),"
            for line in receipt.lines {
                bytes += Array(head.utf8)
                bytes += Array(
                    ("\(line.lineNo),\(line.productID),\(line.quantityMilli),\(line.regularAmount),\(line.baseAmount),"
                        + "\(line.paidAmount ?? 0),\(line.vatRate?.value ?? 0)\n").utf8)
            }
        }
        return bytes
    }

    static func receipt(_ index: Int) -> Receipt {
        let day = BusinessDay(daysSince1970: 20_000 + Int32(index / 800 % 60))
        let soldAt = Instant(microseconds: (Int64(day.daysSince1970) * 86_400 + Int64(index * 37 % 86_400)) * 1_000_000)
        let lines = (1...BenchImport.linesOfReceipt).map { line in
            let base = Int64(500 + mixed(index, line) % 50_000)
            return ReceiptLine(
                lineNo: Int32(line), productID: ExternalID(stored: "p\(10_000 + mixed(index, line + 100) % 5_000)"),
                quantityMilli: 1000, regularAmount: base + 100, baseAmount: base, paidAmount: base, vatRate: BasisPoints(1000))
        }
        return Receipt(
            key: ReceiptKey(
                storeID: ExternalID(stored: "store-\(index % 20)"), businessDay: day, till: ExternalID(stored: "\(index % 4)"),
                shift: nil, number: ExternalID(stored: "\(index)")),
            shopperID: ExternalID(stored: "card-\(mixed(index, 0) % 20_000)"), soldAt: soldAt,
            total: lines.reduce(0) { $0 + ($1.paidAmount ?? 0) }, lines: lines)
    }

    /// The same receipt as a row of the table.
    static func copy(_ index: Int, of retailer: Identifier, into copy: inout BinaryCopy) throws {
        let receipt = receipt(index)
        try copy.row(fields: 18)
        copy.field(retailer)
        copy.field(receipt.key.businessDay)
        copy.field(Int32(index % 20))
        copy.field(receipt.key.till)
        copy.field(receipt.key.number)
        copy.field(receipt.kind)
        copy.field(Int64(mixed(index, 0) % 20_000))
        copy.field(receipt.soldAt)
        copy.field(receipt.soldAt)
        copy.field(receipt.total)
        copy.field(Bytes([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 32)))
        copy.field(array: receipt.lines.map(\.lineNo))
        copy.field(array: (1...BenchImport.linesOfReceipt).map { Int32(mixed(index, $0 + 100) % 5_000) })
        copy.field(array: receipt.lines.map(\.quantityMilli))
        copy.field(array: receipt.lines.map(\.regularAmount))
        copy.field(array: receipt.lines.map(\.baseAmount))
        copy.field(nullableArray: receipt.lines.map(\.paidAmount))
        copy.field(nullableArray: receipt.lines.map(\.vatRate))
    }

    private static func mixed(_ index: Int, _ salt: Int) -> Int {
        var value = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(salt) &* 0xBF58_476D_1CE4_E5B9
        value ^= value >> 31
        value &*= 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 29) >> 1)
    }
}
