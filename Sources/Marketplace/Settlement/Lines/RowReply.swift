import HTTPSupport
import HTTPTypes

/// Rows of a CSV that are read from the database at once, each time in a short transaction.
private let csvBatchRows = 5_000

/// A list of a statement: as JSON a page, as CSV all of it, streamed.
func reply<Element: StatementRow>(
    _ filter: LineFilter, _ reader: StatementReader,
    _ rows: @escaping @Sendable (LineFilter.After?, _ limit: Int) async throws -> [Element]
) async throws -> Reply {
    guard filter.format == .csv else {
        return .json(Page(try await rows(filter.after, filter.page.limit + 1), filter.page) { $0.cursor })
    }
    return Reply(
        status: .ok, headers: [.contentType: CSVText.contentType],
        body: .stream { writer in
            try await writer.write(text: CSVText.row(Element.csvColumns(for: reader)))
            var after = filter.after
            while true {
                let batch = try await rows(after, csvBatchRows)
                try await writer.write(text: batch.map { CSVText.row($0.csv(for: reader)) }.joined())
                guard batch.count == csvBatchRows, let last = batch.last else { break }
                after = last.after
            }
            try await writer.end()
        })
}
