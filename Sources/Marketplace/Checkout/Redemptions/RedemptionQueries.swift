import Campaigns
import Kernel
import Parties
import Postgres
import Receipts

extension Transaction {
    /// Months of redemptions stand where months of receipts do.
    func attachMonths(for days: [BusinessDay]) throws {
        for month in Set(days.map(\.startOfMonth)).sorted() { try execute("SELECT attach_month('redemption', \(month))") }
    }

    /// Stores the claims of sales with what was decided on them, in the order of their keys.
    func insert(_ decided: [SalesDecision.Decided], at now: Instant, _ retailer: RetailerID) throws {
        let new = decided.flatMap(\.newRows).sorted { $0.key < $1.key }
        let shares = new.flatMap { new in (new.row.decision.split?.parts ?? []).map { (new.row.id, $0) } }
        var statements = [insertion(of: new, at: now, retailer)]
        if !shares.isEmpty { statements.append(insertion(of: shares, retailer)) }
        try pipeline(statements)
    }

    private func insertion(of new: [NewRow], at now: Instant, _ retailer: RetailerID) -> SQL {
        let (claims, decisions) = (new.map(\.row.claim), new.map(\.row.decision))
        return """
            INSERT INTO redemption (
                retailer_id, business_day, store_ordinal, till, shift, number, line_no, campaign_id, redemption_id, supplier_id,
                campaign_version, shopper_key, product_ordinal, unit, quantity_milli, units, regular_amount, base_amount,
                vat_rate_bp, claimed_amount, allowed_amount, funded_amount, fee_amount, reason, borne_amount,
                borne_account_id, quote_id, counted_on, sold_at, depth_bp, posted_at
            )
            SELECT \(retailer), new.business_day, new.store_ordinal, new.till, new.shift, new.number, new.line_no,
                new.campaign_id, new.redemption_id, new.supplier_id, new.version, new.shopper_key, new.product, new.unit,
                new.quantity, new.units, new.regular, new.base, new.vat, new.claimed, new.allowed, new.funded, new.fee,
                new.reason, new.borne, new.borne_account, new.quote_id, new.counted_on, new.sold_at, new.depth,
                \(now)
            FROM unnest(
                \(new.map(\.key.businessDay)), \(new.map(\.key.storeOrdinal)), \(new.map(\.key.till)), \(new.map(\.key.shift)),
                \(new.map(\.key.number)), \(claims.map(\.line.lineNo)), \(claims.map(\.campaign)), \(new.map(\.row.id)),
                \(new.map(\.row.supplier)), \(claims.map(\.basis.version)), \(new.map(\.shopper)),
                \(claims.map(\.line.product)), \(claims.map(\.line.unit)), \(claims.map(\.line.quantityMilli)),
                \(decisions.map(\.units)), \(claims.map(\.line.regularMinor)), \(claims.map(\.line.baseMinor)),
                \(new.map(\.vatRate)), \(claims.map(\.claimedMinor)), \(decisions.map(\.allowedMinor)),
                \(decisions.map(\.fundedMinor)), \(new.map(\.row.feeMinor)), \(decisions.map { $0.reason?.rawValue }),
                \(new.map { $0.row.borne?.minor ?? 0 }), \(new.map { $0.row.borne?.account }), \(claims.map(\.basis.quote)),
                \(new.map { $0.row.claim.basis.keptOn ?? $0.key.businessDay }), \(new.map(\.soldAt)),
                \(new.map(\.row.depthBP))
            ) AS new (
                business_day, store_ordinal, till, shift, number, line_no, campaign_id, redemption_id, supplier_id, version,
                shopper_key, product, unit, quantity, units, regular, base, vat, claimed, allowed, funded, fee, reason, borne,
                borne_account, quote_id, counted_on, sold_at, depth
            )
            """
    }

    private func insertion(of shares: [(RedemptionID, FundingSplit.Part)], _ retailer: RetailerID) -> SQL {
        """
        INSERT INTO redemption_share (retailer_id, redemption_id, account_id, discount_amount, fee_amount)
        SELECT \(retailer), new.redemption_id, new.account_id, new.discount, new.fee
        FROM unnest(
            \(shares.map(\.0)), \(shares.map(\.1.account)), \(shares.map(\.1.discountMinor)), \(shares.map(\.1.feeMinor))
        ) AS new (redemption_id, account_id, discount, fee)
        """
    }

    /// What was decided for receipts' discounts, the same for ever. Served by the primary key.
    func redemptions(of keys: [StoredKey], at retailer: RetailerID) throws -> [StoredKey: [Redemption]] {
        let found = try query(
            """
            SELECT wanted.place, found.redemption_id, found.line_no, found.campaign_id, found.claimed_amount,
                found.allowed_amount, found.funded_amount, found.fee_amount, found.reason
            FROM unnest(
                \(keys.map(\.businessDay)), \(keys.map(\.storeOrdinal)), \(keys.map(\.till)), \(keys.map(\.shift)),
                \(keys.map(\.number))
            ) WITH ORDINALITY AS wanted (business_day, store_ordinal, till, shift, number, place)
            JOIN redemption AS found ON found.retailer_id = \(retailer) AND found.business_day = wanted.business_day
                AND found.store_ordinal = wanted.store_ordinal AND found.till = wanted.till AND found.shift = wanted.shift
                AND found.number = wanted.number
            ORDER BY wanted.place, found.line_no, found.campaign_id
            """
        ) { row in
            (
                try row.next(Int.self),
                Redemption(
                    id: try row.next(), lineNo: try row.next(), campaign: try row.next(), claimedMinor: try row.next(),
                    allowedMinor: try row.next(), fundedMinor: try row.next(), feeMinor: try row.next(),
                    reason: try row.nextOptional())
            )
        }
        return Dictionary(grouping: found) { keys[$0.0 - 1] }.mapValues { $0.map(\.1) }
    }
}

/// A decided claim with what its row has of the receipt.
private struct NewRow {
    let row: RedemptionRow
    let key: StoredKey
    let shopper: Int64?
    let soldAt: Instant
    let vatRate: BasisPoints?
}

extension SalesDecision.Decided {
    fileprivate var newRows: [NewRow] {
        let lines = Dictionary(sale.receipt.lines.map { ($0.lineNo, $0) }) { first, _ in first }
        return rows.map { row in
            NewRow(
                row: row, key: sale.stored, shopper: situation.basket.shopper?.key, soldAt: sale.receipt.soldAt,
                vatRate: lines[row.claim.line.lineNo]?.vatRate)
        }
    }
}
