package import Kernel
package import Postgres

/// A receipt of a file on which money was decided: one with discounts, a return or a void. What was paid is told by its
/// redemptions and returned lines.
package struct ImportOutcome: Hashable, Sendable {
    /// In the stretch.
    let place: Int
    let isReplay: Bool
    let key: StoredKey
}

/// The same as the report of the import tells it.
package struct ReportedReceipt: Sendable {
    /// On which it begins in the file.
    package let line: Int64
    package let state: String
    package let key: ReceiptKey
    package let stored: StoredKey
}

extension Transaction {
    func insert(
        _ outcomes: [ImportOutcome], atLines lines: [Int64], of load: ImportID, _ retailer: RetailerID
    ) throws {
        guard !outcomes.isEmpty else { return }
        let keys = outcomes.map(\.key)
        try execute(
            """
            INSERT INTO import_outcome (
                retailer_id, import_id, line, state, business_day, store_ordinal, till, shift, number
            )
            SELECT \(retailer), \(load), outcome.*
            FROM unnest(
                \(outcomes.map { lines[$0.place] }), \(outcomes.map { $0.isReplay ? "replayed" : "accepted" }),
                \(keys.map(\.businessDay)), \(keys.map(\.storeOrdinal)), \(keys.map(\.till)), \(keys.map(\.shift)),
                \(keys.map(\.number))
            ) AS outcome
            """)
    }

    /// In the order of lines. Served by the primary key.
    package func reportedReceipts(
        of load: ImportID, after line: Int64, limit: Int, _ retailer: RetailerID
    ) throws -> [ReportedReceipt] {
        try query(
            """
            SELECT outcome.line, outcome.state, store.store_id, outcome.business_day, outcome.store_ordinal, outcome.till,
                outcome.shift, outcome.number
            FROM import_outcome AS outcome
            JOIN store ON store.retailer_id = \(retailer) AND store.ordinal = outcome.store_ordinal
            WHERE outcome.retailer_id = \(retailer) AND outcome.import_id = \(load) AND outcome.line > \(line)
            ORDER BY outcome.line
            LIMIT \(limit)
            """
        ) { row in
            let (line, state): (Int64, String) = (try row.next(), try row.next())
            let (store, key): (ExternalID, StoredKey) = (try row.next(), try StoredKey(row: &row))
            return ReportedReceipt(
                line: line, state: state,
                key: ReceiptKey(
                    storeID: store, businessDay: key.businessDay, till: key.till,
                    shift: key.shift.isEmpty ? nil : ExternalID(stored: key.shift), number: key.number),
                stored: key)
        }
    }

    /// How the lines of returns were matched, by return, in the order of lines. Served by the primary key.
    package func returnMatches(
        of keys: [StoredKey], at retailer: RetailerID
    ) throws -> [StoredKey: [(lineNo: Int32, match: ReturnMatchKind)]] {
        let found = try query(
            """
            SELECT wanted.business_day, wanted.store_ordinal, wanted.till, wanted.shift, wanted.number, back.line_no, back.match
            FROM \(fragment: wanted(keys)) JOIN return_line AS back
                ON back.retailer_id = \(retailer) AND back.business_day = wanted.business_day
                AND back.store_ordinal = wanted.store_ordinal AND back.till = wanted.till COLLATE "C"
                AND back.shift = wanted.shift COLLATE "C" AND back.number = wanted.number COLLATE "C"
            ORDER BY back.line_no
            """
        ) { row in (try StoredKey(row: &row), (lineNo: try row.next(Int32.self), match: try row.next(ReturnMatchKind.self))) }
        return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
    }
}
