import App
import Kernel
import Parties
import Postgres
import Tenancy

extension BenchTown {
    /// What is sold in probes alone; its ordinal follows those of the town.
    static let probe = "probe"

    /// A key that may preview, and the product of the probes.
    func addMarketer(on database: Database, _ environment: KeyToken.Environment) async throws -> KeyToken {
        let author = Author(
            principal: Principal(key: KeyID(Identifier(high: 0, low: 0)), person: nil, organisation: .platform),
            scope: .platform, requestID: "bench", world: .real)
        try await database.transaction(as: .retailer(retailer)) { tx -> Void in
            try tx.execute(
                """
                INSERT INTO product (retailer_id, product_id, ordinal, name)
                VALUES (\(retailer), \(Self.probe), \(Int32(Self.products + 1)), 'probe')
                """)
            try tx.execute(
                """
                UPDATE ordinal_counter SET used = \(Int64(Self.products + 1))
                WHERE retailer_id = \(retailer) AND kind = 'product'
                """)
        }
        return try await database.transaction(as: .platform) { tx in
            try IssueKey(name: "bench", organisation: .retailer(retailer, [.marketer])).run(in: tx, by: author, environment)
                .token
        }
    }

    /// Receipts of four lines for every shopper, spread over the days before one; how many were written. `isPriced`: with regular
    /// prices, of which a fifth of the shoppers pays half, and another nine tenths.
    func addHistory(
        receipts: Int, days: Int32, before today: BusinessDay, isPriced: Bool = false, on database: Database
    ) async throws -> Int {
        let first = today.adding(days: -days)
        let months = Set((0...days).map { first.adding(days: $0).startOfMonth }).sorted()
        for month in months {
            try await database.transaction(as: .platform) { tx in _ = try tx.execute("SELECT attach_month('receipt', \(month))") }
        }
        for round in 0..<receipts {
            for from in stride(from: 1, through: shoppers, by: 100_000) {
                try await database.transaction(as: .retailer(retailer)) { tx in
                    let keys = Int64(from)...Int64(min(shoppers, from + 99_999))
                    try addRound(tx, Int32(round), keys, days: days, first, isPriced)
                }
            }
        }
        return receipts * shoppers
    }

    /// One receipt for each of these shoppers.
    private func addRound(
        _ tx: borrowing Transaction, _ round: Int32, _ keys: ClosedRange<Int64>, days: Int32, _ first: BusinessDay,
        _ isPriced: Bool
    ) throws {
        let noon = first.description + "T12:00:00Z"
        try tx.execute(
            """
            INSERT INTO receipt (
                retailer_id, business_day, store_ordinal, till, shift, number, kind, shopper_key, sold_at, received_at,
                fingerprint, line_no, product_ordinal, quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
            )
            SELECT \(retailer), \(first) + drawn.day, 1 + (n % \(Int64(Self.stores)))::integer, '1', '', 'h-' || \(round) || '-' || n,
                'sale', n, \(noon)::timestamptz + make_interval(days => drawn.day),
                \(noon)::timestamptz + make_interval(days => drawn.day), decode(repeat('00', 32), 'hex'), '{1,2,3,4}',
                ARRAY[
                    1 + drawn.seed % 97, 100 + drawn.seed % 613, 800 + drawn.seed % 2003, 3000 + drawn.seed % 1999
                ], '{1000,1000,1000,1000}',
                CASE WHEN \(isPriced) THEN ARRAY[
                    drawn.paid * drawn.part / 10, 3000 * drawn.part / 10, 10000 * drawn.part / 10, 2500 * drawn.part / 10
                ]::bigint[] ELSE '{NULL,NULL,NULL,NULL}' END, '{NULL,NULL,NULL,NULL}',
                ARRAY[drawn.paid, 3000, 10000, 2000 + drawn.seed % 700]::bigint[], '{NULL,NULL,NULL,NULL}'
            FROM generate_series(\(keys.lowerBound), \(keys.upperBound)) AS n
            CROSS JOIN LATERAL (
                SELECT (abs(hashint8(n * 1000 + \(round))::bigint) % 1000003)::integer AS seed,
                    (abs(hashint8(n * 7919 + \(round))::bigint) % \(Int64(days)))::integer AS day,
                    CASE n % 5 WHEN 0 THEN 20 WHEN 1 THEN 11 ELSE 10 END AS part
            ) AS hashed
            CROSS JOIN LATERAL (SELECT hashed.*, 5000 + hashed.seed % 9000 AS paid) AS drawn
            """)
    }
}
