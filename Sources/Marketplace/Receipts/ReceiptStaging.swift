import EventLog
import Kernel
import Postgres

/// Receipts on their way into the table. Many are staged by COPY into a temporary table, since COPY does not write to a
/// table under row-level security; a few go as arrays.
extension Transaction {
    /// From so many receipts on, COPY is faster.
    static var copiedMin: Int { 100 }

    /// Inserts rows in the order given, which is the primary key's; returns the indices of those whose keys were there.
    func insert(_ staged: [StagedReceipt], of retailer: RetailerID) throws -> [Int] {
        guard staged.count >= Self.copiedMin else {
            return try query(
                "WITH staged AS (\(fragment: rows(of: staged))), \(fragment: insertion(from: "staged", of: retailer))",
                { row in Int(try row.next(Int32.self)) })
        }
        try script(StagingTable.definition)
        try copy(
            into: """
                staged_receipt (
                    place, business_day, store_ordinal, till, shift, number, kind, channel, shopper_key, card_key, sold_at, 
                    received_at, total, rounding, fiscal_id, basket_id, fingerprint, is_clock_suspect, line_no, product_ordinal,
                    quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
                )
                """
        ) { copy in
            for (index, receipt) in staged.enumerated() { try copy.stage(receipt, at: Int32(index)) }
        }
        return try query(
            "WITH \(fragment: insertion(from: "staged_receipt", of: retailer))", { row in Int(try row.next(Int32.self)) })
    }

    /// Takes rows over, notes whose they are, and selects the places of those that were not: another transaction or an
    /// earlier one had them.
    private func insertion(from source: SQL, of retailer: RetailerID) -> SQL {
        """
        filed AS (
            INSERT INTO receipt (
                retailer_id, business_day, store_ordinal, till, shift, number, kind, channel, shopper_key, card_key, sold_at,
                received_at, total, rounding, fiscal_id, basket_id, fingerprint, is_clock_suspect,
                line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
            )
            SELECT \(retailer), business_day, store_ordinal, till, shift, number, kind, channel, shopper_key, card_key, sold_at,
                received_at, total, rounding, fiscal_id, basket_id, fingerprint, is_clock_suspect,
                line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
            FROM \(fragment: source)
            ORDER BY place
            ON CONFLICT DO NOTHING
            RETURNING business_day, store_ordinal, till, shift, number, shopper_key
        ), \(fragment: .noted(.shoppers, of: retailer, keys: "SELECT shopper_key FROM filed"))
        SELECT staged.place
        FROM \(fragment: source) AS staged LEFT JOIN filed USING (business_day, store_ordinal, till, shift, number)
        WHERE filed.business_day IS NULL
        ORDER BY staged.place
        """
    }

    /// The rows as arrays; the lines of all receipts stand in one array for each column and are cut by their bounds.
    private func rows(of staged: [StagedReceipt]) -> SQL {
        let lines = staged.flatMap(\.lines)
        var (first, last, end) = ([Int32](), [Int32](), Int32(0))
        for receipt in staged {
            first.append(end + 1)
            end += Int32(receipt.lines.count)
            last.append(end)
        }
        return """
            SELECT place, business_day, store_ordinal, till COLLATE "C" AS till, shift COLLATE "C" AS shift,
                number COLLATE "C" AS number, kind, channel, shopper_key, card_key, sold_at, received_at, total, rounding, fiscal_id,
                basket_id, fingerprint, is_clock_suspect,
                (\(lines.map(\.lineNo))::int[])[first:last] AS line_no,
                (\(staged.flatMap(\.productOrdinals))::int[])[first:last] AS product_ordinal,
                (\(lines.map(\.quantityMilli))::bigint[])[first:last] AS quantity_milli,
                (\(lines.map(\.regularAmount))::bigint[])[first:last] AS regular_amount,
                (\(lines.map(\.baseAmount))::bigint[])[first:last] AS base_amount,
                (\(lines.map(\.paidAmount))::bigint[])[first:last] AS paid_amount,
                (\(lines.map(\.vatRate))::int[])[first:last] AS vat_rate_bp
            FROM unnest(
                \(staged.indices.map { Int32($0) }), \(staged.map(\.key.businessDay)), \(staged.map(\.key.storeOrdinal)),
                \(staged.map(\.key.till)), \(staged.map(\.key.shift)), \(staged.map(\.key.number)), \(staged.map(\.kind)),
                \(staged.map(\.channel)), \(staged.map(\.shopperKey)), \(staged.map(\.cardKey)), \(staged.map(\.soldAt)), \(staged.map(\.receivedAt)),
                \(staged.map(\.total)), \(staged.map(\.rounding)), \(staged.map(\.fiscalID)), \(staged.map(\.basketID)),
                \(staged.map(\.fingerprint)), \(staged.map(\.isClockSuspect)), \(first), \(last)
            ) AS staged (
                place, business_day, store_ordinal, till, shift, number, kind, channel, shopper_key, card_key, sold_at, received_at, total,
                rounding, fiscal_id, basket_id, fingerprint, is_clock_suspect, first, last
            )
            """
    }
}

/// Lives as long as its connection and is emptied by each commit.
private enum StagingTable {
    static let definition = """
        CREATE TEMPORARY TABLE IF NOT EXISTS staged_receipt (
            place int NOT NULL,
            business_day date NOT NULL,
            store_ordinal int NOT NULL,
            till text COLLATE "C" NOT NULL,
            shift text COLLATE "C" NOT NULL,
            number text COLLATE "C" NOT NULL,
            kind text NOT NULL,
            channel text NOT NULL,
            shopper_key bigint,
            card_key bigint,
            sold_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            total bigint,
            rounding bigint NOT NULL,
            fiscal_id text,
            basket_id text COLLATE "C",
            fingerprint bytea NOT NULL,
            is_clock_suspect boolean NOT NULL,
            line_no int[] NOT NULL,
            product_ordinal int[] NOT NULL,
            quantity_milli bigint[] NOT NULL,
            regular_amount bigint[] NOT NULL,
            base_amount bigint[] NOT NULL,
            paid_amount bigint[] NOT NULL,
            vat_rate_bp int[] NOT NULL
        ) ON COMMIT DELETE ROWS
        """
}

extension BinaryCopy {
    fileprivate mutating func stage(_ receipt: StagedReceipt, at place: Int32) throws {
        try row(fields: 25)
        field(place)
        field(receipt.key.businessDay)
        field(receipt.key.storeOrdinal)
        field(receipt.key.till)
        field(receipt.key.shift)
        field(receipt.key.number)
        field(receipt.kind)
        field(receipt.channel)
        field(receipt.shopperKey)
        field(receipt.cardKey)
        field(receipt.soldAt)
        field(receipt.receivedAt)
        field(receipt.total)
        field(receipt.rounding)
        field(receipt.fiscalID)
        field(receipt.basketID)
        field(receipt.fingerprint)
        field(receipt.isClockSuspect)
        field(array: receipt.lines.map(\.lineNo))
        field(array: receipt.productOrdinals)
        field(array: receipt.lines.map(\.quantityMilli))
        field(array: receipt.lines.map(\.regularAmount))
        field(array: receipt.lines.map(\.baseAmount))
        field(nullableArray: receipt.lines.map(\.paidAmount))
        field(nullableArray: receipt.lines.map(\.vatRate))
    }
}
