import Kernel
import Postgres

extension Transaction {
    /// Locks receipts in the order of their key.
    func lockSales(_ keys: [StoredKey], of retailer: RetailerID) throws -> [StoredKey: LockedSale] {
        guard !keys.isEmpty else { return [:] }
        let rows = try query(
            """
            SELECT wanted.business_day, wanted.store_ordinal, wanted.till, wanted.shift, wanted.number, found.kind,
                found.voided_at IS NOT NULL, found.shopper_key, found.line_no, found.product_ordinal, found.quantity_milli, found.paid_amount
            FROM \(fragment: wanted(keys)) CROSS JOIN LATERAL (
                SELECT kind, voided_at, shopper_key, line_no, product_ordinal, quantity_milli, paid_amount
                FROM receipt
                WHERE \(fragment: isWanted(retailer))
                LIMIT 1
                FOR UPDATE
            ) AS found
            """
        ) { row in (try StoredKey(row: &row), try LockedSale(row: &row)) }
        return Dictionary(rows) { first, _ in first }
    }

    /// The lines of sales with what came back of them so far; index `return_line_by_original`.
    func soldLines(of sales: [StoredKey: LockedSale], _ retailer: RetailerID) throws -> [SoldLineKey: SoldLine] {
        var sold: [SoldLineKey: SoldLine] = [:]
        for (key, sale) in sales where sale.kind == .sale {
            for (lineNo, line) in sale.lines { sold[SoldLineKey(key: key, lineNo: lineNo)] = line }
        }
        guard !sold.isEmpty else { return [:] }
        let returned = try query(
            """
            SELECT wanted.business_day, wanted.store_ordinal, wanted.till, wanted.shift, wanted.number,
                back.original_line_no, sum(back.quantity_milli)::bigint, sum(back.amount)::bigint
            FROM \(fragment: wanted(Array(sales.keys))) JOIN return_line AS back
                ON back.retailer_id = \(retailer) AND back.original_business_day = wanted.business_day
                AND back.original_store_ordinal = wanted.store_ordinal
                AND back.original_till = wanted.till COLLATE "C" AND back.original_shift = wanted.shift COLLATE "C"
                AND back.original_number = wanted.number COLLATE "C"
            WHERE back.original_line_no IS NOT NULL
            GROUP BY 1, 2, 3, 4, 5, 6
            """
        ) { row in
            (
                SoldLineKey(key: try StoredKey(row: &row), lineNo: try row.next()), try row.next(Int64.self),
                try row.next(Int64.self)
            )
        }
        for (key, quantity, amount) in returned {
            sold[key]?.returnedQuantityMilli = quantity
            sold[key]?.returnedAmount = amount
        }
        return sold
    }

    /// Sold lines of a shopper and product within 90 days before; index `receipt_by_shopper`.
    func soldLines(to wanted: [ShopperProduct], of retailer: RetailerID) throws -> [ShopperProduct: [SoldLineKey]] {
        let rows = try query(
            """
            SELECT wanted.shopper_key, wanted.product_ordinal, wanted.business_day, sold.business_day, sold.store_ordinal,
                sold.till, sold.shift, sold.number, sold.line_no
            FROM unnest(
                \(wanted.map(\.shopperKey)), \(wanted.map(\.productOrdinal)), \(wanted.map(\.businessDay))
            ) AS wanted (shopper_key, product_ordinal, business_day) CROSS JOIN LATERAL (
                SELECT receipt.business_day, receipt.store_ordinal, receipt.till, receipt.shift, receipt.number, line.line_no
                FROM receipt CROSS JOIN unnest(receipt.line_no, receipt.product_ordinal) AS line (line_no, product_ordinal)
                WHERE receipt.retailer_id = \(retailer) AND receipt.shopper_key = wanted.shopper_key
                    AND receipt.business_day BETWEEN wanted.business_day - \(ReturnMatch.searchDays) AND wanted.business_day
                    AND receipt.kind = 'sale' AND receipt.voided_at IS NULL
                    AND line.product_ordinal = wanted.product_ordinal
                LIMIT 1000
            ) AS sold
            """
        ) { row in
            (
                ShopperProduct(shopperKey: try row.next(), productOrdinal: try row.next(), businessDay: try row.next()),
                SoldLineKey(key: try StoredKey(row: &row), lineNo: try row.next())
            )
        }
        return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
    }

    func insert(_ staged: [StagedReceipt], _ filed: FiledReceipts, _ retailer: RetailerID) throws {
        let lines = staged.flatMap { receipt in (filed.returns[receipt.place] ?? []).map { (receipt, $0) } }
        guard !lines.isEmpty else { return }
        let originals = lines.map(\.1.original)
        try execute(
            """
            INSERT INTO return_line (
                retailer_id, business_day, store_ordinal, till, shift, number, line_no, product_ordinal, quantity_milli,
                amount, shopper_key, match, original_business_day, original_store_ordinal, original_till, original_shift,
                original_number, original_line_no, received_at
            )
            SELECT \(retailer), back.*
            FROM unnest(
                \(lines.map(\.0.key.businessDay)), \(lines.map(\.0.key.storeOrdinal)), \(lines.map(\.0.key.till)),
                \(lines.map(\.0.key.shift)), \(lines.map(\.0.key.number)), \(lines.map(\.1.lineNo)),
                \(lines.map(\.1.productOrdinal)), \(lines.map(\.1.quantityMilli)), \(lines.map(\.1.amount)),
                \(lines.map(\.0.shopperKey)), \(lines.map(\.1.match)), \(originals.map { $0?.key.businessDay }),
                \(originals.map { $0?.key.storeOrdinal }), \(originals.map { $0?.key.till }),
                \(originals.map { $0?.key.shift }), \(originals.map { $0?.key.number }), \(originals.map { $0?.lineNo }),
                \(lines.map(\.0.receivedAt))
            ) AS back
            """)
    }

    func markVoided(_ keys: [StoredKey], at now: Instant, of retailer: RetailerID) throws {
        guard !keys.isEmpty else { return }
        try execute(
            """
            UPDATE receipt SET voided_at = \(now)
            FROM \(fragment: wanted(keys))
            WHERE \(fragment: isWanted(retailer))
            """)
    }
}

extension LockedSale {
    init(row: inout Row) throws {
        kind = try row.next()
        isVoided = try row.next()
        shopperKey = try row.nextOptional()
        let (numbers, products): ([Int32], [Int32]) = (try row.next(), try row.next())
        let quantities: [Int64] = try row.next()
        let paid = try row.next(NullableArray<Int64>.self).elements
        lines = numbers.indices.map { index in
            (
                numbers[index],
                SoldLine(productOrdinal: products[index], quantityMilli: quantities[index], paidAmount: paid[index])
            )
        }
    }
}
