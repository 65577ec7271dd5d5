package import JSONText
package import Kernel
import Postgres

package enum BulkImportKind: IDKind { package static let prefix = "import" }
package typealias ImportID = TypedID<BulkImportKind>

/// What a file of a bulk load holds.
package enum ImportWord: String, CaseIterable, SQLWord {
    case stores, products, prices
    case priceBounds = "price_bounds"
    case shoppers, tags, receipts
}

package enum ImportFormat: String, CaseIterable, SQLWord {
    case ndjson, csv
}

package enum ImportState: String, CaseIterable, SQLWord {
    case running
    /// Broke off; the same file sent again under the same import goes on after the last committed chunk.
    case interrupted
    case finished
    /// Cannot be gone on with: the file itself is bad.
    case failed
}

/// A bulk load of one file: how far it came, and what became of its items. Counts of accepted, replayed and rejected are
/// items (a receipt with its lines is one); `linesRead` are lines of the file.
package struct Import: Hashable, Sendable {
    package let id: ImportID
    package let kind: ImportWord
    package let format: ImportFormat
    package let name: String
    package var state: ImportState
    package var counts: ImportCounts
    package var chunks: Int32
    package var failure: String?
    package let startedAt: Instant
    package var finishedAt: Instant?
}

package struct ImportCounts: Hashable, Sendable {
    package var linesRead: Int64 = 0
    package var accepted: Int64 = 0
    package var replayed: Int64 = 0
    package var rejected: Int64 = 0
    /// What the discounts of accepted receipts claim, and what was paid of it, in minor units.
    package var claimedMinor: Int64 = 0
    package var fundedMinor: Int64 = 0

    package init() {}
}

extension Import: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("kind", word: kind)
            json.field("format", word: format)
            json.field("name", name)
            json.field("state", word: state)
            json.field("lines_read", counts.linesRead)
            json.field("accepted", counts.accepted)
            json.field("replayed", counts.replayed)
            json.field("rejected", counts.rejected)
            if kind == .receipts {
                json.field("claimed_amount", counts.claimedMinor)
                json.field("funded_amount", counts.fundedMinor)
            }
            json.field("chunks", chunks)
            json.fieldIfPresent("failure", failure)
            json.field("started_at", startedAt)
            json.field("finished_at", finishedAt)
        }
    }
}

/// A line that was not taken over, and why.
package struct ImportReject: Hashable, Sendable {
    /// `octet_length(content)` in the table.
    static let contentBytesMax = 4_096
    static let detailCharactersMax = 1_000

    package let line: Int64
    package let code: String
    package let detail: String
    package let pointer: String
    package let content: String

    package init(line: Int64, code: String, detail: String, pointer: String = "", content: String) {
        self.line = line
        self.code = code
        self.detail = String(detail.prefix(Self.detailCharactersMax))
        self.pointer = pointer
        self.content = content
    }

    /// The first of a problem's fields, or the problem itself.
    init(line: Int64, _ problem: Problem, content: some Collection<UInt8>) {
        let text = Self.text(content)
        if let field = problem.fields.first {
            let more = problem.fields.count > 1 ? " (and \(problem.fields.count - 1) more)" : ""
            self.init(line: line, code: field.code, detail: field.detail + more, pointer: field.pointer, content: text)
        } else {
            self.init(line: line, code: problem.code, detail: problem.detail ?? problem.title, content: text)
        }
    }

    /// As much of a line as is kept, as text that PostgreSQL takes.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        var text = String(decoding: bytes.prefix(contentBytesMax), as: UTF8.self)
        text.unicodeScalars.removeAll { $0 == "\0" }
        while text.utf8.count > contentBytesMax { text.unicodeScalars.removeLast() }
        return text
    }
}

extension ImportReject: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line", line)
            json.field("code", code)
            json.field("detail", detail)
            json.field("pointer", pointer)
            json.field("content", content)
        }
    }
}
