import JSONText
import Kernel
import TextStreams

/// The stores of Sort-of-Real, with their regions and formats. The other sets know their stores by id alone: receipts make
/// those known.
struct LayoutStores: ImportLayout {
    static let files = ["common/stores.csv.gz"]

    mutating func read(_ row: borrowing CSVRecord, of header: CSVHeader, file: Int, into output: inout [UInt8]) throws {
        let row = LayoutRow(row, header)
        let id = try row.id("store_id")
        var json = JSONWriter()
        try json.object { json in
            json.field("store_id", id)
            json.field("name", id.text)
            json.field("region", try row.text("store_region"))
            json.field("format", try row.text("store_format"))
        }
        output += json.bytes + [UInt8(ascii: "\n")]
    }

    mutating func finish(into output: inout [UInt8]) {}
}
