import HTTPSupport
import HTTPTypes
import Kernel

/// CSV as RFC 4180 has it: commas, CRLF, fields in quotes where they need them. Nothing and an empty text are both empty.
/// A text that a spreadsheet would take for a formula has a `'` before it; a number has none.
enum CSVText {
    static let contentType = "text/csv; charset=utf-8"

    static func row(_ fields: [String?]) -> String {
        fields.map { field in
            guard let field else { return "" }
            let cell = looksLikeFormula(field) ? "'" + field : field
            return cell.utf8.contains(where: needsQuotes) ? quoted(cell) : cell
        }.joined(separator: ",") + "\r\n"
    }

    /// By bytes: to Swift a quote and the accent that follows it are one character, and no quote.
    private static func quoted(_ cell: String) -> String {
        let quote = UInt8(ascii: "\"")
        var bytes: [UInt8] = [quote]
        for byte in cell.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func looksLikeFormula(_ field: String) -> Bool {
        guard let first = field.utf8.first, formulaStarts.contains(first) else { return false }
        return first != UInt8(ascii: "-") || Int64(field) == nil
    }

    private static let formulaStarts = [UInt8]("=+-@\t\r".utf8)

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
    }
}

/// In which form an answer is asked for.
enum TextFormat: String, CaseIterable { case json, csv }

extension TextFormat {
    /// What `?format` says, or else the `Accept` header.
    init(_ fields: Fields, accept: String?) {
        self = fields.wordIfPresent("format") ?? ((accept ?? "").lowercased().contains("text/csv") ? .csv : .json)
    }
}
