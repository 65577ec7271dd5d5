import JSONText
import Kernel
import Postgres
import Shoppers

extension Transaction {
    /// By primary key, one look-up for each: LATERAL with LIMIT keeps the planner from reading whole partitions.
    func fingerprints(of keys: [StoredKey], _ retailer: RetailerID) throws -> [StoredKey: Bytes] {
        let rows = try query(
            """
            SELECT wanted.business_day, wanted.store_ordinal, wanted.till, wanted.shift, wanted.number, found.fingerprint
            FROM \(fragment: wanted(keys)) CROSS JOIN LATERAL (
                SELECT fingerprint FROM receipt
                WHERE \(fragment: isWanted(retailer))
                LIMIT 1
            ) AS found
            """
        ) { row in (try StoredKey(row: &row), try row.next(Bytes.self)) }
        return Dictionary(rows) { first, _ in first }
    }

    func storedReceipts(_ keys: [StoredKey], of retailer: RetailerID) throws -> [StoredKey: ReceiptFacts] {
        let rows = try query(
            """
            SELECT wanted.business_day, wanted.store_ordinal, wanted.till, wanted.shift, wanted.number, found.kind,
                found.channel, found.shopper_key, found.sold_at, found.total, found.rounding, found.fiscal_id,
                found.basket_id, found.line_no, found.product_ordinal, found.quantity_milli, found.regular_amount,
                found.base_amount, found.paid_amount, found.vat_rate_bp
            FROM \(fragment: wanted(keys)) CROSS JOIN LATERAL (
                SELECT kind, channel, shopper_key, sold_at, total, rounding, fiscal_id, basket_id, line_no, product_ordinal,
                    quantity_milli, regular_amount, base_amount, paid_amount, vat_rate_bp
                FROM receipt
                WHERE \(fragment: isWanted(retailer))
                LIMIT 1
            ) AS found
            """
        ) { row in (try StoredKey(row: &row), try ReceiptFacts(row: &row)) }
        return Dictionary(rows) { first, _ in first }
    }

    func insertQuarantined(_ receipt: Receipt, _ reason: QuarantineReason, _ filing: Filing) throws {
        try holdOffErasures(of: filing.retailer)
        let id = filing.world.newID(QuarantineID.self)
        try execute(
            """
            INSERT INTO receipt_quarantine (retailer_id, quarantine_id, reason, received_at, body)
            VALUES (\(filing.retailer), \(id), \(reason.rawValue), \(filing.receivedAt), \(JSONB(receipt.jsonBytes)))
            """)
    }

    func wanted(_ keys: [StoredKey]) -> SQL {
        """
        unnest(
            \(keys.map(\.businessDay)), \(keys.map(\.storeOrdinal)), \(keys.map(\.till)), \(keys.map(\.shift)),
            \(keys.map(\.number))
        ) AS wanted (business_day, store_ordinal, till, shift, number)
        """
    }

    func isWanted(_ retailer: RetailerID) -> SQL {
        """
        receipt.retailer_id = \(retailer) AND receipt.business_day = wanted.business_day
        AND receipt.store_ordinal = wanted.store_ordinal AND receipt.till = wanted.till COLLATE "C"
        AND receipt.shift = wanted.shift COLLATE "C" AND receipt.number = wanted.number COLLATE "C"
        """
    }
}

enum QuarantineKind: IDKind { static let prefix = "quarantine" }
typealias QuarantineID = TypedID<QuarantineKind>

extension StoredKey {
    init(row: inout Row) throws {
        self.init(
            businessDay: try row.next(), storeOrdinal: try row.next(), till: try row.next(), shift: try row.next(),
            number: try row.next())
    }
}

extension ReceiptFacts {
    init(row: inout Row) throws {
        kind = try row.next()
        channel = try row.next()
        shopperKey = try row.nextOptional()
        soldAt = try row.next()
        total = try row.nextOptional()
        rounding = try row.next()
        fiscalID = try row.nextOptional()
        basketID = try row.nextOptional()
        lineNo = try row.next()
        productOrdinal = try row.next()
        quantityMilli = try row.next()
        regularAmount = try row.next()
        baseAmount = try row.next()
        paidAmount = try row.next(NullableArray<Int64>.self).elements
        vatRate = try row.next(NullableArray<BasisPoints>.self).elements
    }
}
