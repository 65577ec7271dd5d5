package import Kernel
package import Postgres

/// What a list of receipts is narrowed to: a shopper, a day, or both; and a store.
package struct ReceiptFilter: Sendable {
    package var shopperID: ExternalID?
    package var from: BusinessDay
    package var to: BusinessDay
    package var storeID: ExternalID?
}

extension Transaction {
    package func filedReceipt(_ key: ReceiptKey, of retailer: RetailerID) throws -> FiledReceipt? {
        try first(
            """
            \(fragment: FiledReceipt.columns)
            WHERE receipt.retailer_id = \(retailer) AND receipt.business_day = \(key.businessDay)
                AND store.store_id = \(key.storeID) AND receipt.till = \(key.till) AND receipt.shift = \(key.shiftText)
                AND receipt.number = \(key.number)
            """, { row in try FiledReceipt(row: &row) })
    }

    /// In the order of the key; indexes `receipt_pkey` by day, `receipt_by_shopper` by shopper.
    package func filedReceipts(
        _ filter: ReceiptFilter, after key: StoredKey?, limit: Int, of retailer: RetailerID
    ) throws -> [FiledReceipt] {
        var conditions: [SQL] = [
            "receipt.retailer_id = \(retailer)", "receipt.business_day BETWEEN \(filter.from) AND \(filter.to)",
        ]
        if let shopper = filter.shopperID {
            conditions.append(
                """
                receipt.shopper_key = (
                    SELECT shopper_key FROM shopper_card WHERE retailer_id = \(retailer) AND shopper_id = \(shopper)
                )
                """)
        }
        if let store = filter.storeID { conditions.append("store.store_id = \(store)") }
        if let key {
            conditions.append(
                """
                (receipt.business_day, receipt.store_ordinal, receipt.till, receipt.shift, receipt.number)
                    > (\(key.businessDay), \(key.storeOrdinal), \(key.till) COLLATE "C", \(key.shift) COLLATE "C",
                        \(key.number) COLLATE "C")
                """)
        }
        return try query(
            """
            \(fragment: FiledReceipt.columns)
            WHERE \(fragment: .joined(conditions, separator: " AND "))
            ORDER BY receipt.business_day, receipt.store_ordinal, receipt.till, receipt.shift, receipt.number
            LIMIT \(limit)
            """, { row in try FiledReceipt(row: &row) })
    }
}

extension FiledReceipt {
    static let columns: SQL = """
        SELECT store.store_id, receipt.business_day, receipt.store_ordinal, receipt.till, receipt.shift, receipt.number,
            receipt.kind, receipt.channel,
            (
                SELECT min(card.shopper_id) FROM shopper_card AS card
                WHERE card.retailer_id = receipt.retailer_id AND card.shopper_key = receipt.shopper_key
            ),
            receipt.sold_at, receipt.received_at, receipt.total, receipt.rounding, receipt.fiscal_id, receipt.basket_id,
            receipt.voided_at, receipt.is_clock_suspect, receipt.line_no,
            ARRAY (
                SELECT product.product_id
                FROM unnest(receipt.product_ordinal) WITH ORDINALITY AS line (ordinal, place)
                    JOIN product ON product.retailer_id = receipt.retailer_id AND product.ordinal = line.ordinal
                ORDER BY line.place
            ),
            receipt.quantity_milli, receipt.regular_amount, receipt.base_amount, receipt.paid_amount, receipt.vat_rate_bp
        FROM receipt JOIN store
            ON store.retailer_id = receipt.retailer_id AND store.ordinal = receipt.store_ordinal
        """

    init(row: inout Row) throws {
        let storeID: ExternalID = try row.next()
        storedKey = try StoredKey(row: &row)
        key = ReceiptKey(
            storeID: storeID, businessDay: storedKey.businessDay, till: storedKey.till,
            shift: storedKey.shift.isEmpty ? nil : ExternalID(stored: storedKey.shift), number: storedKey.number)
        kind = try row.next()
        channel = try row.next()
        shopperID = try row.nextOptional()
        soldAt = try row.next()
        receivedAt = try row.next()
        total = try row.nextOptional()
        rounding = try row.next()
        fiscalID = try row.nextOptional()
        basketID = try row.nextOptional()
        voidedAt = try row.nextOptional()
        isClockSuspect = try row.next()
        lines = try Line.all(row: &row)
    }
}

extension FiledReceipt.Line {
    fileprivate static func all(row: inout Row) throws -> [Self] {
        let (numbers, products): ([Int32], [ExternalID]) = (try row.next(), try row.next())
        let (quantities, regular, base): ([Int64], [Int64], [Int64]) = (try row.next(), try row.next(), try row.next())
        let paid = try row.next(NullableArray<Int64>.self).elements
        let rates = try row.next(NullableArray<BasisPoints>.self).elements
        guard products.count == numbers.count else { throw DatabaseError.decoding("a product of a receipt is not on file") }
        return numbers.indices.map { index in
            Self(
                lineNo: numbers[index], productID: products[index], quantityMilli: quantities[index],
                regularAmount: regular[index], baseAmount: base[index], paidAmount: paid[index], vatRate: rates[index])
        }
    }
}
