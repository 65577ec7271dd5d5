import HTTPSupport
import HTTPTypes
import Kernel

/// CSV as RFC 4180 has it: commas, CRLF, fields in quotes where they need them. Nothing and an empty text are both empty.
enum CSVText {
    static let contentType = "text/csv; charset=utf-8"

    static func row(_ fields: [String?]) -> String {
        fields.map { field in
            guard let field else { return "" }
            guard field.utf8.contains(where: needsQuotes) else { return field }
            return "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\r\n"
    }

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
