import Kernel
package import Postgres

extension Transaction {
    /// Goes through shoppers, by rising keys, with what each bought up to the day, less what came back of it. Indexes:
    /// `receipt_by_shopper`, `return_line_by_original`.
    package func eachPromotionHabit(
        of keys: [UInt32], _ habits: inout PromotionHabits, _ ways: PromotionWays,
        _ body: (UInt32, borrowing PromotionHabits) -> Void
    ) throws {
        let hasReturns = try hasReturns(ways)
        for start in stride(from: 0, to: keys.count, by: PromotionBase.shoppersOfRead) {
            let part = Array(keys[start..<min(start + PromotionBase.shoppersOfRead, keys.count)])
            let selection = ShopperSelection(near: part)
            let returned = hasReturns ? try returned(of: selection, ways) : [:]
            var next = 0
            func finish(_ habits: inout PromotionHabits) {
                for sale in returned[part[next]] ?? [] { habits.takeBack(sale.lines, of: sale.receipt) }
                body(part[next], habits)
                habits.clear()
                next += 1
            }
            try eachSale(of: selection, ways) { receipt in
                while next < part.count, part[next] < receipt.shopper { finish(&habits) }
                if next < part.count, part[next] == receipt.shopper { habits.add(receipt) }
            }
            while next < part.count { finish(&habits) }
        }
    }

    /// Quantities and VAT are read where they say something of a margin.
    private func eachSale(
        of shoppers: ShopperSelection, _ ways: PromotionWays, _ body: (PromotionReceipt) -> Void
    ) throws {
        _ = try query(
            """
            SELECT \(fragment: PromotionReceipt.columns(ways))
            FROM receipt AS sold
            WHERE \(fragment: stands(shoppers, ways))
            ORDER BY sold.shopper_key
            """, { row in body(try PromotionReceipt(row: &row)) })
    }

    private func hasReturns(_ ways: PromotionWays) throws -> Bool {
        try one(
            """
            SELECT EXISTS (
                SELECT FROM return_line
                WHERE retailer_id = \(ways.retailer) AND original_line_no IS NOT NULL
                    AND original_business_day BETWEEN \(ways.first) AND \(ways.asOf)
            )
            """, { row in try row.next() })
    }

    /// Sales of which something came back, by shopper. A return receipt that was voided gave nothing back.
    private func returned(
        of shoppers: ShopperSelection, _ ways: PromotionWays
    ) throws -> [UInt32: [(receipt: PromotionReceipt, lines: ReturnedLines)]] {
        let found = try query(
            """
            WITH back AS (
                SELECT line.original_business_day, line.original_store_ordinal, line.original_till, line.original_shift,
                    line.original_number, line.original_line_no, sum(line.quantity_milli)::bigint AS quantity_milli,
                    LEAST(sum(line.amount), \(Int64.max))::bigint AS amount
                FROM receipt AS sold
                JOIN return_line AS line ON line.retailer_id = \(ways.retailer)
                    AND line.original_business_day = sold.business_day AND line.original_store_ordinal = sold.store_ordinal
                    AND line.original_till = sold.till AND line.original_shift = sold.shift
                    AND line.original_number = sold.number AND line.original_line_no IS NOT NULL
                LEFT JOIN receipt AS document ON document.retailer_id = \(ways.retailer)
                    AND document.business_day = line.business_day AND document.store_ordinal = line.store_ordinal
                    AND document.till = line.till AND document.shift = line.shift AND document.number = line.number
                WHERE \(fragment: stands(shoppers, ways)) AND document.voided_at IS NULL
                GROUP BY 1, 2, 3, 4, 5, 6
            )
            SELECT \(fragment: PromotionReceipt.columns(ways)),
                came.quantities, came.amounts, sold.quantity_milli
            FROM receipt AS sold
            CROSS JOIN LATERAL (
                SELECT array_agg(COALESCE(back.quantity_milli, 0) ORDER BY line.place) AS quantities,
                    array_agg(COALESCE(back.amount, 0) ORDER BY line.place) AS amounts
                FROM unnest(sold.line_no) WITH ORDINALITY AS line (line_no, place)
                LEFT JOIN back ON back.original_business_day = sold.business_day
                    AND back.original_store_ordinal = sold.store_ordinal AND back.original_till = sold.till
                    AND back.original_shift = sold.shift AND back.original_number = sold.number
                    AND back.original_line_no = line.line_no
            ) AS came
            WHERE \(fragment: stands(shoppers, ways))
                AND (sold.business_day, sold.store_ordinal, sold.till, sold.shift, sold.number) IN (
                    SELECT original_business_day, original_store_ordinal, original_till, original_shift, original_number FROM back
                )
            """
        ) { row in
            (
                receipt: try PromotionReceipt(row: &row),
                lines: ReturnedLines(quantityMilli: try row.next(), minor: try row.next(), soldMilli: try row.next())
            )
        }
        return Dictionary(grouping: found, by: \.receipt.shopper)
    }

    /// Sales that stand, of shoppers. One of a till with a wrong clock is left out: its day says nothing.
    private func stands(_ shoppers: ShopperSelection, _ ways: PromotionWays) -> SQL {
        """
        sold.retailer_id = \(ways.retailer) AND sold.business_day BETWEEN \(ways.first) AND \(ways.asOf)
            AND \(fragment: shoppers.holds("sold.shopper_key")) AND sold.shopper_key IS NOT NULL
            AND sold.kind = 'sale' AND sold.voided_at IS NULL AND NOT sold.is_clock_suspect
        """
    }
}

extension PromotionReceipt {
    fileprivate static func columns(_ ways: PromotionWays) -> SQL {
        """
        sold.shopper_key, sold.business_day, sold.store_ordinal, sold.product_ordinal, sold.regular_amount, sold.paid_amount,
            CASE WHEN \(ways.costs.isKnown) THEN sold.quantity_milli END, CASE WHEN \(ways.costs.isKnown) THEN sold.vat_rate_bp END
        """
    }

    fileprivate init(row: inout Row) throws {
        shopper = UInt32(try row.next(Int64.self))
        day = try row.next()
        store = try row.next()
        products = try row.next()
        regular = try row.next(NullableArray<Int64>.self).elements
        paid = try row.next(NullableArray<Int64>.self).elements
        money = paid
        quantityMilli = try row.nextOptional([Int64].self) ?? []
        vatBP = try row.nextOptional(NullableArray<Int32>.self)?.elements ?? []
    }
}
