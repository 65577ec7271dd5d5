import HTTPSupport
import JSONText
import Kernel
import TextStreams

/// Receipts as CSV: one row for each line, the rows of a receipt one after the other, the header's columns the same in
/// each. `original_*` names the sold line of a returned one, or what a void undoes; a void is a row without a line.
struct ReceiptRows: ImportRows {
    static let keyColumns = ["store_id", "business_day", "till", "shift", "number"]
    static let headerColumns = ["kind", "channel", "shopper_id", "sold_at", "total", "rounding", "fiscal_id", "basket_id"]

    static let columns: [ImportColumn] = [
        ImportColumn("store_id", required: true), ImportColumn("business_day", required: true),
        ImportColumn("till", required: true), ImportColumn("shift"), ImportColumn("number", required: true),
        ImportColumn("kind"), ImportColumn("channel"), ImportColumn("shopper_id"), ImportColumn("sold_at", required: true),
        ImportColumn("total", .integer), ImportColumn("rounding", .integer), ImportColumn("fiscal_id"),
        ImportColumn("basket_id"), ImportColumn("line_no", .integer, required: true),
        ImportColumn("product_id", required: true), ImportColumn("quantity_milli", .integer, required: true),
        ImportColumn("unit"), ImportColumn("regular_amount", .integer, required: true),
        ImportColumn("base_amount", .integer, required: true), ImportColumn("paid_amount", .integer),
        ImportColumn("vat_rate_bp", .integer), ImportColumn("closed", .flag), ImportColumn("original_store_id"),
        ImportColumn("original_business_day"), ImportColumn("original_till"), ImportColumn("original_shift"),
        ImportColumn("original_number"), ImportColumn("original_line_no", .integer),
    ]

    private let header: ImportHeader
    private let place: ReceiptRowDecoder
    private let keyIndices: [Int]
    private let headerIndices: [Int]
    private var open: Group?
    /// The line of an unreadable row after which no other receipt has begun.
    private var unreadableBefore: Int64?

    init(_ header: ImportHeader) {
        self.header = header
        place = ReceiptRowDecoder(header)
        keyIndices = Self.keyColumns.compactMap { header.index(of: $0) }
        headerIndices = Self.headerColumns.compactMap { header.index(of: $0) }
    }

    /// The rows of one receipt so far.
    private struct Group {
        var receipt: Receipt?
        /// Its first row's fields of key and header, to tell where the next receipt begins and whether they stay the same.
        let key: [UInt8]
        let head: [UInt8]
        let line: Int64
        var lastLine: Int64
        var reject: ImportReject?
    }

    mutating func read(_ row: borrowing CSVRecord, into batch: inout ImportBatches<Receipt>) {
        let line = Int64(row.line)
        if let key = open?.key, isSame(row, keyIndices, as: key) {
            extend(row, line)
        } else {
            close(into: &batch)
            begin(row, line)
        }
    }

    mutating func unreadable(line: Int64, into batch: inout ImportBatches<Receipt>) {
        unreadableBefore = line
        guard open != nil else { return }
        spoil(by: line)
    }

    mutating func finish(into batch: inout ImportBatches<Receipt>) { close(into: &batch) }

    private mutating func begin(_ row: borrowing CSVRecord, _ line: Int64) {
        var group = Group(
            receipt: nil, key: text(of: row, keyIndices), head: text(of: row, headerIndices), line: line, lastLine: line)
        do {
            group.receipt = try place.receipt(row)
        } catch {
            group.reject = ImportReject(line: line, .of(error), content: Array(row.csvText.utf8))
        }
        open = group
        if let unreadable = unreadableBefore { spoil(by: unreadable) }
        unreadableBefore = nil
    }

    /// The group is taken out and put back: its receipt has one owner, so that a line is appended and nothing copied.
    private mutating func extend(_ row: borrowing CSVRecord, _ line: Int64) {
        unreadableBefore = nil
        guard var group = open.take() else { return }
        group.lastLine = line
        if group.reject == nil {
            do {
                try append(row, to: &group)
            } catch {
                group.reject = ImportReject(line: line, .of(error), content: Array(row.csvText.utf8))
            }
        }
        open = group
    }

    private func append(_ row: borrowing CSVRecord, to group: inout Group) throws {
        guard isSame(row, headerIndices, as: group.head) else {
            throw Problem(422, "header_differs", "The columns of the receipt differ from its first row.")
        }
        let next = try place.line(row)
        guard group.receipt?.kind != .void, (group.receipt?.lines.count ?? 0) < Receipt.linesMax else {
            throw Problem.invalid([FieldProblem(pointer: "/lines", code: "bad_length", detail: "Has too many lines.")])
        }
        group.receipt?.lines.append(next)
    }

    /// A row that cannot be read may be one of this receipt's: it would be filed without it.
    private mutating func spoil(by line: Int64) {
        guard let group = open, group.reject == nil else { return }
        open?.reject = ImportReject(
            line: group.line, code: "neighbour_of_unreadable_row",
            detail: "Line \(line) cannot be read and may belong to this receipt.", content: "")
    }

    private mutating func close(into batch: inout ImportBatches<Receipt>) {
        guard var group = open else { return }
        open = nil
        if let reject = group.reject { return batch.reject(reject, through: group.lastLine) }
        guard var receipt = group.receipt else { return }
        group.receipt = nil
        let problems = ReceiptRules.settle(&receipt)
        guard problems.isEmpty else {
            let reject = ImportReject(line: group.line, .invalid(problems), content: receipt.jsonBytes)
            return batch.reject(reject, through: group.lastLine)
        }
        batch.add(receipt, line: group.line, through: group.lastLine, weight: receipt.lines.count + 1)
    }

    private func text(of row: borrowing CSVRecord, _ indices: [Int]) -> [UInt8] {
        var text: [UInt8] = []
        for index in indices {
            text += row[index]
            text.append(0)
        }
        return text
    }

    /// Whether the row has these fields, as `text(of:_:)` wrote them down.
    private func isSame(_ row: borrowing CSVRecord, _ indices: [Int], as text: [UInt8]) -> Bool {
        var start = 0
        for index in indices {
            guard let end = row.end(of: index, ifIn: text, from: start) else { return false }
            start = end + 1
        }
        return start == text.count
    }
}
