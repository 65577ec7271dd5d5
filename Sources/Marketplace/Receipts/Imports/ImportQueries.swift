package import Kernel
package import Postgres

extension Transaction {
    func insert(_ load: Import, of retailer: RetailerID) throws {
        try execute(
            """
            INSERT INTO import (retailer_id, import_id, kind, format, name, state, started_at)
            VALUES (
                \(retailer), \(load.id), \(load.kind), \(load.format), \(load.name), \(load.state), \(load.startedAt)
            )
            ON CONFLICT DO NOTHING
            """)
    }

    package func bulkImport(_ id: ImportID, of retailer: RetailerID) throws -> Import? {
        try first(
            "\(fragment: Import.columns) WHERE retailer_id = \(retailer) AND import_id = \(id)",
            { row in try Import(row: &row) })
    }

    /// Newest first.
    func imports(of retailer: RetailerID, before id: ImportID?, kind: ImportWord?, limit: Int) throws -> [Import] {
        try query(
            """
            \(fragment: Import.columns)
            WHERE retailer_id = \(retailer) AND (\(id)::uuid IS NULL OR import_id < \(id))
                AND (\(kind)::text IS NULL OR kind = \(kind))
            ORDER BY import_id DESC
            LIMIT \(limit)
            """, { row in try Import(row: &row) })
    }

    /// Keeps the import from others who go on with it; false where one of them has since.
    func lock(_ load: Import, of retailer: RetailerID) throws -> Bool {
        try first(
            """
            SELECT chunks = \(load.chunks) AND state IN ('running', 'interrupted')
            FROM import
            WHERE retailer_id = \(retailer) AND import_id = \(load.id)
            FOR UPDATE
            """, { row in try row.next(Bool.self) }) ?? false
    }

    /// Counts a chunk in, unless another request has gone on with the import since: then it is false.
    func advance(_ load: Import, byChunks chunks: Int32, of retailer: RetailerID) throws -> Bool {
        try execute(
            """
            UPDATE import
            SET state = \(load.state), lines_read = \(load.counts.linesRead), accepted = \(load.counts.accepted),
                replayed = \(load.counts.replayed), rejected = \(load.counts.rejected), chunks = chunks + \(chunks),
                claimed_amount = \(load.counts.claimedMinor), funded_amount = \(load.counts.fundedMinor),
                failure = \(load.failure), finished_at = \(load.finishedAt)
            WHERE retailer_id = \(retailer) AND import_id = \(load.id) AND chunks = \(load.chunks)
                AND state IN ('running', 'interrupted')
            """) == 1
    }

    func insert(_ rejects: [ImportReject], of load: ImportID, _ retailer: RetailerID) throws {
        guard !rejects.isEmpty else { return }
        try execute(
            """
            INSERT INTO import_reject (retailer_id, import_id, line, code, detail, pointer, content)
            SELECT \(retailer), \(load), reject.line, reject.code, reject.detail, reject.pointer, reject.content
            FROM unnest(
                \(rejects.map(\.line)), \(rejects.map(\.code)), \(rejects.map(\.detail)), \(rejects.map(\.pointer)),
                \(rejects.map(\.content))
            ) AS reject (line, code, detail, pointer, content)
            ON CONFLICT DO NOTHING
            """)
    }

    func rejects(of load: ImportID, after line: Int64, limit: Int, _ retailer: RetailerID) throws -> [ImportReject] {
        try query(
            """
            SELECT line, code, detail, pointer, content
            FROM import_reject
            WHERE retailer_id = \(retailer) AND import_id = \(load) AND line > \(line)
            ORDER BY line
            LIMIT \(limit)
            """
        ) { row in
            ImportReject(
                line: try row.next(), code: try row.next(), detail: try row.next(), pointer: try row.next(),
                content: try row.next())
        }
    }
}

extension Import {
    static let columns: SQL = """
        SELECT import_id, kind, format, name, state, lines_read, accepted, replayed, rejected, chunks, failure, started_at,
            finished_at, claimed_amount, funded_amount
        FROM import
        """

    init(row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        format = try row.next()
        name = try row.next()
        state = try row.next()
        counts = ImportCounts()
        counts.linesRead = try row.next()
        counts.accepted = try row.next()
        counts.replayed = try row.next()
        counts.rejected = try row.next()
        chunks = try row.next()
        failure = try row.nextOptional()
        startedAt = try row.next()
        finishedAt = try row.nextOptional()
        counts.claimedMinor = try row.next()
        counts.fundedMinor = try row.next()
    }
}
