package import HTTPSupport
import JSONText
import Kernel
package import TextStreams

/// A column of a kind's CSV. An empty field is an absent one.
package struct ImportColumn: Hashable, Sendable {
    package let csv: CSVColumn
    package let isRequired: Bool

    package init(_ csv: CSVColumn) {
        self.csv = csv
        isRequired = false
    }

    package init(_ name: String, _ form: CSVColumn.Form = .text, required: Bool = false) {
        csv = CSVColumn(name, form)
        isRequired = required
    }

    package var name: String { csv.name }

    /// The text of a field as JSON.
    func value(_ text: String) -> JSONValue {
        guard case .object(let members) = CSVColumn.object([csv], cell: { _ in text }) else { return .null }
        return members[name] ?? .null
    }
}

/// The columns of a CSV file, in its order.
package struct ImportHeader: Sendable {
    package let columns: [ImportColumn]

    init(_ names: [String], known: [ImportColumn]) throws {
        columns = try names.map { name in
            guard let column = known.first(where: { $0.name == name }) else { throw ImportFault.unknownColumn(name) }
            return column
        }
        if let missing = known.first(where: { column in column.isRequired && !names.contains(column.name) }) {
            throw ImportFault.missingColumn(missing.name)
        }
    }

    package func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }
}

/// Turns rows of CSV into items, where an item may be several rows.
package protocol ImportRows<Item> {
    associatedtype Item: Sendable

    mutating func read(_ row: borrowing CSVRecord, into batch: inout ImportBatches<Item>)
    /// A row that could not be read at all.
    mutating func unreadable(line: Int64, into batch: inout ImportBatches<Item>)
    /// After the last row.
    mutating func finish(into batch: inout ImportBatches<Item>)
}

/// One row, one item.
struct PlainRows<Kind: ImportKind>: ImportRows {
    private let kind: Kind
    private let header: ImportHeader

    init(_ kind: Kind, _ header: ImportHeader) {
        self.kind = kind
        self.header = header
    }

    func read(_ row: borrowing CSVRecord, into batch: inout ImportBatches<Kind.Item>) {
        let line = Int64(row.line)
        var cells: [String: String] = [:]
        for (index, column) in header.columns.enumerated() where !row[index].isEmpty {
            guard let text = String(wellFormed: row[index]) else {
                return batch.reject(
                    ImportReject(
                        line: line, code: "not_utf8", detail: "Is not UTF-8.", pointer: "/\(column.name)",
                        content: row.csvText))
            }
            cells[column.name] = text
        }
        do {
            let item = try kind.item(json: CSVColumn.object(header.columns.map(\.csv)) { cells[$0] })
            batch.add(item, line: line, weight: kind.weight(of: item))
        } catch {
            batch.reject(ImportReject(line: line, Problem.of(error), content: Array(row.csvText.utf8)))
        }
    }

    func unreadable(line: Int64, into batch: inout ImportBatches<Kind.Item>) {}

    func finish(into batch: inout ImportBatches<Kind.Item>) {}
}

extension Problem {
    /// What a parser threw.
    static func of(_ error: any Error) -> Problem {
        (error as? any Refusal)?.problem ?? Problem(422, "unreadable", "The line cannot be read.")
    }
}

extension CSVRecord {
    /// The record as it could have been written, as much as a reject keeps.
    var csvText: String {
        var bytes: [UInt8] = []
        for index in 0..<count where bytes.count < ImportReject.contentBytesMax {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let field = self[index]
            guard field.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
                bytes += field
                continue
            }
            bytes.append(0x22)
            for byte in field { bytes += byte == 0x22 ? [byte, byte] : [byte] }
            bytes.append(0x22)
        }
        return ImportReject.text(bytes)
    }
}
