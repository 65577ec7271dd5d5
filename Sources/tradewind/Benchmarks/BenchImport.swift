import App
import Checkout
import Kernel
import Parties
import Postgres
import Receipts
import Tenancy

/// The import of receipts against a plain binary COPY of the same receipts into a table with the same keys and indexes.
struct BenchImport {
    static let linesOfReceipt = 10
    static let csvShareGoal = 0.35
    static let ndjsonShareGoal = 0.2
    static let linesGoal = 100_000.0

    let database: Database
    let receipts: Int

    func run() async throws -> [BenchMeasure] {
        let copied = try await copyRate()
        let csv = try await importRate(.csv, BenchReceipts.csv)
        let ndjson = try await importRate(.ndjson, BenchReceipts.ndjson)
        return [
            measure("copy", copied, "lines/s"),
            measure("csv", csv, "lines/s", goal: Self.linesGoal),
            measure("csv_share_of_copy", csv / copied, "ratio", goal: Self.csvShareGoal),
            measure("ndjson", ndjson, "lines/s", goal: Self.linesGoal),
            measure("ndjson_share_of_copy", ndjson / copied, "ratio", goal: Self.ndjsonShareGoal),
        ]
    }

    private func measure(_ name: String, _ value: Double, _ unit: String, goal: Double? = nil) -> BenchMeasure {
        BenchMeasure(bench: "import", measure: name, value: value, unit: unit, goal: goal)
    }

    private func importRate(_ format: ImportFormat, _ file: @escaping @Sendable (Range<Int>) -> [UInt8]) async throws -> Double {
        let retailer = try await BenchRetailer.make(database)
        let target = ImportTarget(database, retailer, in: .real)
        let bytes = BenchBytes(pieces: BenchReceipts.pieces(receipts).map(file), format: format)
        let seconds = try await seconds {
            let request = ImportRequest(id: target.world.newID(), format: format)
            // Its receipts bring no quotes: any key will do.
            let kind = ReceiptImport(PostInBulk(key: QuoteKey([UInt8](repeating: 1, count: 32))))
            let load = try await RunImport(kind, to: target, isGzip: false).run(request, from: bytes)
            precondition(load.counts.accepted == Int64(receipts), "the benchmark's receipts are good")
        }
        return Double(receipts * Self.linesOfReceipt) / seconds
    }

    private func copyRate() async throws -> Double {
        let owner = Session(role: "tradewind_owner")
        try await database.transaction(as: owner) { tx in
            try tx.script("DROP TABLE IF EXISTS bench_receipt")
            try tx.script("CREATE TABLE bench_receipt (LIKE receipt INCLUDING ALL)")
        }
        let retailer = Identifier(high: 1, low: 1)
        let receipts = receipts
        let elapsed = try await seconds {
            try await database.transaction(as: owner) { tx in
                _ = try tx.copy(
                    into: """
                        bench_receipt (
                            retailer_id, business_day, store_ordinal, till, number, kind, shopper_key, sold_at, received_at, total,
                            fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount,
                            vat_rate_bp
                        )
                        """
                ) { copy in
                    for index in 0..<receipts { try BenchReceipts.copy(index, of: retailer, into: &copy) }
                }
            }
        }
        try await database.transaction(as: owner) { tx in _ = try tx.execute("DROP TABLE bench_receipt") }
        return Double(receipts * Self.linesOfReceipt) / elapsed
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }
}

/// The file in memory, with the header in front where it is CSV.
private struct BenchBytes: AsyncSequence {
    let pieces: [[UInt8]]
    let format: ImportFormat

    func makeAsyncIterator() -> Iterator { Iterator(pieces: (format == .csv ? [BenchReceipts.csvHeader] : []) + pieces) }

    struct Iterator: AsyncIteratorProtocol {
        let pieces: [[UInt8]]
        var index = 0

        init(pieces: [[UInt8]]) { self.pieces = pieces }

        mutating func next() async throws -> [UInt8]? {
            guard index < pieces.count else { return nil }
            defer { index += 1 }
            return pieces[index]
        }
    }
}
