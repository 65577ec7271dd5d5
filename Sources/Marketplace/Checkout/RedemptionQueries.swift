import Campaigns
import Kernel
import Parties
import Postgres
import Receipts

extension Transaction {
    /// Months of redemptions stand where months of receipts do.
    func attachMonths(for day: BusinessDay) throws {
        try execute("SELECT attach_month('redemption', \(day))")
    }

    func insert(
        _ rows: [RedemptionRow], of receipt: Receipt, _ key: StoredKey, shopper: Int64?, at now: Instant, _ retailer: RetailerID
    ) throws {
        let lines = Dictionary(receipt.lines.map { ($0.lineNo, $0) }) { first, _ in first }
        let shares = rows.flatMap { row in (row.decision.split?.parts ?? []).map { (row.id, $0) } }
        try pipeline([
            """
            INSERT INTO redemption (
                retailer_id, business_day, store_ordinal, till, shift, number, line_no, campaign_id, redemption_id, supplier_id,
                campaign_version, shopper_key, product_ordinal, unit, quantity_milli, units, regular_amount, base_amount,
                vat_rate_bp, claimed_amount, allowed_amount, funded_amount, fee_amount, reason, borne_amount,
                borne_account_id, quote_id, counted_on, sold_at, posted_at
            )
            SELECT \(retailer), \(key.businessDay), \(key.storeOrdinal), \(key.till), \(key.shift), \(key.number), new.line_no,
                new.campaign_id, new.redemption_id, new.supplier_id, new.version, \(shopper), new.product, new.unit,
                new.quantity, new.units, new.regular, new.base, new.vat, new.claimed, new.allowed, new.funded, new.fee,
                new.reason, new.borne, new.borne_account, new.quote_id, new.counted_on,
                \(receipt.soldAt), \(now)
            FROM unnest(
                \(rows.map(\.claim.line.lineNo)), \(rows.map(\.claim.campaign)), \(rows.map(\.id)),
                \(rows.map(\.supplier)), \(rows.map { $0.claim.basis.version }), \(rows.map(\.claim.line.product)),
                \(rows.map(\.claim.line.unit)), \(rows.map(\.claim.line.quantityMilli)), \(rows.map(\.decision.units)),
                \(rows.map(\.claim.line.regularMinor)), \(rows.map(\.claim.line.baseMinor)),
                \(rows.map { lines[$0.claim.line.lineNo]?.vatRate }), \(rows.map(\.claim.claimedMinor)),
                \(rows.map(\.decision.allowedMinor)), \(rows.map(\.decision.fundedMinor)), \(rows.map(\.feeMinor)),
                \(rows.map { $0.decision.reason?.rawValue }), \(rows.map { $0.borne?.minor ?? 0 }),
                \(rows.map { $0.borne?.account }), \(rows.map { $0.claim.basis.quote }),
                \(rows.map { $0.claim.basis.keptOn ?? key.businessDay })
            ) AS new (
                line_no, campaign_id, redemption_id, supplier_id, version, product, unit, quantity, units, regular, base, vat,
                claimed, allowed, funded, fee, reason, borne, borne_account, quote_id,
                counted_on
            )
            """,
            """
            INSERT INTO redemption_share (retailer_id, redemption_id, account_id, discount_amount, fee_amount)
            SELECT \(retailer), new.redemption_id, new.account_id, new.discount, new.fee
            FROM unnest(
                \(shares.map(\.0)), \(shares.map(\.1.account)), \(shares.map(\.1.discountMinor)), \(shares.map(\.1.feeMinor))
            ) AS new (redemption_id, account_id, discount, fee)
            """,
        ])
    }

    /// What was decided for a receipt's discounts, the same for ever. Served by the primary key.
    func redemptions(of key: StoredKey, at retailer: RetailerID) throws -> [Redemption] {
        try query(
            """
            SELECT redemption_id, line_no, campaign_id, claimed_amount, allowed_amount, funded_amount, fee_amount, reason
            FROM redemption
            WHERE retailer_id = \(retailer) AND business_day = \(key.businessDay) AND store_ordinal = \(key.storeOrdinal)
                AND till = \(key.till) AND shift = \(key.shift) AND number = \(key.number)
            ORDER BY line_no, campaign_id
            """
        ) { row in
            Redemption(
                id: try row.next(), lineNo: try row.next(), campaign: try row.next(), claimedMinor: try row.next(),
                allowedMinor: try row.next(), fundedMinor: try row.next(), feeMinor: try row.next(),
                reason: try row.nextOptional())
        }
    }
}
