import Campaigns
import Kernel
import Ledger
import Postgres
import Tenancy

/// The yardstick of the checkout: the same rows as its receipts leave, sent in batches by two connections as fast as
/// PostgreSQL takes them. No HTTP, no JSON, no rules: accounts locked and read, then one pipeline, then COMMIT.
struct BenchBareLoop: Sendable {
    static let batch = 128
    static let connections = 2

    let basket: BenchBasket
    let database: Database
    let seconds: Double

    /// Receipts a second.
    func run() async throws -> Double {
        let start = ContinuousClock.now
        let batches = try await withThrowingTaskGroup(of: Int.self) { group in
            for loop in 0..<Self.connections {
                group.addTask {
                    var count = 0
                    while start.duration(to: .now).seconds < seconds {
                        let first = (count * Self.connections + loop) * Self.batch
                        try await database.transaction(as: .retailer(basket.town.retailer)) { tx in
                            try write(first..<first + Self.batch, tx)
                        }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(batches * Self.batch) / (ContinuousClock.now - start).seconds
    }

    private func write(_ receipts: Range<Int>, _ tx: borrowing Transaction) throws {
        let town = basket.town
        let asset = Asset(stored: "RUB")
        let payable = SharedAccount.payable(asset, owner: town.supplier).id(at: town.retailer)
        let fee = SharedAccount.fee(asset).id(at: town.retailer)
        let used = Set(receipts.map { town.accounts[basket.campaign(of: $0)] })
        var seq = try lock(Array(used) + [payable, fee], tx)
        var rows = BareRows()
        for index in receipts {
            rows.add(
                from: town.accounts[basket.campaign(of: index)], to: payable, BenchTown.discountMinor, "redemption", index, &seq)
            rows.add(from: town.accounts[basket.campaign(of: index)], to: fee, BenchTown.feeMinor, "fee", index, &seq)
        }
        try tx.pipeline(receiptRows(receipts) + moneyRows(rows, receipts) + claimRows(receipts, rows))
    }

    private func lock(_ accounts: [AccountID], _ tx: borrowing Transaction) throws -> [AccountID: Int64] {
        let found = try tx.query(
            """
            SELECT account_id, seq FROM account
            WHERE retailer_id = \(basket.town.retailer) AND account_id = ANY (\(accounts))
            ORDER BY account_id FOR UPDATE
            """
        ) { row in (try row.next(AccountID.self), try row.next(Int64.self)) }
        return Dictionary(uniqueKeysWithValues: found)
    }
}

/// Transfers and entries of a batch as columns.
private struct BareRows {
    var ids: [Identifier] = []
    var kinds: [String] = []
    var debits: [AccountID] = []
    var credits: [AccountID] = []
    var amounts: [Int64] = []
    var receipts: [Int32] = []
    var debitSeq: [Int64] = []
    var creditSeq: [Int64] = []

    mutating func add(
        from debit: AccountID, to credit: AccountID, _ minor: Int64, _ kind: String, _ receipt: Int,
        _ seq: inout [AccountID: Int64]
    ) {
        seq[debit, default: 0] += 1
        seq[credit, default: 0] += 1
        ids.append(Identifier(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)))
        kinds.append(kind)
        debits.append(debit)
        credits.append(credit)
        amounts.append(minor)
        receipts.append(Int32(receipt))
        debitSeq.append(seq[debit] ?? 0)
        creditSeq.append(seq[credit] ?? 0)
    }
}

extension BenchBareLoop {
    private func receiptRows(_ receipts: Range<Int>) -> [SQL] {
        let products = receipts.flatMap { index in (1...BenchBasket.lines).map { Int32(basket.product(of: index, line: $0)) } }
        let amounts = [Int64](repeating: BenchTown.priceMinor, count: products.count)
        let fingerprint = Bytes([UInt8](repeating: 7, count: 32))
        return [
            """
            INSERT INTO receipt (
                retailer_id, business_day, store_ordinal, till, shift, number, kind, channel, shopper_key, card_key, sold_at,
                received_at, total, rounding, fingerprint, line_no, product_ordinal, quantity_milli, regular_amount,
                base_amount, paid_amount, vat_rate_bp
            )
            SELECT \(basket.town.retailer), \(basket.soldAt.utcDay), store, '1', '', number, 'sale', 'till', shopper, shopper,
                \(basket.soldAt), \(basket.soldAt), 98500, 0, \(fingerprint), ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
                (\(products)::int[])[10 * place - 9:10 * place], (\(amounts.map { _ in Int64(1000) })::bigint[])[10 * place - 9:10 * place],
                (\(amounts)::bigint[])[10 * place - 9:10 * place], (\(amounts)::bigint[])[10 * place - 9:10 * place],
                (\(amounts)::bigint[])[10 * place - 9:10 * place], (\(amounts.map { _ in Int32(1000) })::int[])[10 * place - 9:10 * place]
            FROM unnest(
                \(receipts.map { Int32(basket.store(of: $0)) }), \(receipts.map { "\(basket.run)-\($0)" }),
                \(receipts.map { Int64(basket.shopper(of: $0)) })
            ) WITH ORDINALITY AS new (store, number, shopper, place)
            ON CONFLICT DO NOTHING
            """
        ]
    }

    private func moneyRows(_ rows: BareRows, _ receipts: Range<Int>) -> [SQL] {
        let retailer = basket.town.retailer
        return [
            """
            INSERT INTO transfer (
                retailer_id, transfer_id, kind, debit_account_id, credit_account_id, amount, asset, campaign_id, cause_kind,
                cause_id, business_day, supplier_id, posted_at
            )
            SELECT \(retailer), id, kind, debit, credit, amount, 'RUB', campaign, 'redemption', 'redemption_' || receipt,
                \(basket.soldAt.utcDay), \(basket.town.supplier), \(basket.soldAt)
            FROM unnest(
                \(rows.ids), \(rows.kinds), \(rows.debits), \(rows.credits), \(rows.amounts), \(rows.receipts),
                \(rows.receipts.map { basket.town.campaigns[basket.campaign(of: Int($0))] })
            ) AS new (id, kind, debit, credit, amount, receipt, campaign)
            """,
            """
            INSERT INTO entry (retailer_id, account_id, seq, transfer_id, amount, balance_after, supplier_id)
            SELECT \(retailer), account, seq, id, amount, 0, \(basket.town.supplier)
            FROM unnest(
                \(rows.debits + rows.credits), \(rows.debitSeq + rows.creditSeq), \(rows.ids + rows.ids),
                \(rows.amounts.map { -$0 } + rows.amounts)
            ) AS new (account, seq, id, amount)
            """,
            """
            UPDATE account
            SET debits_posted = debits_posted + new.debit, credits_posted = credits_posted + new.credit, seq = seq + new.entries
            FROM (
                SELECT account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit, count(*) AS entries
                FROM unnest(
                    \(rows.debits + rows.credits), \(rows.amounts + rows.amounts.map { _ in 0 }),
                    \(rows.amounts.map { _ in 0 } + rows.amounts)
                ) AS moved (account, debit, credit)
                GROUP BY account
            ) AS new
            WHERE account.retailer_id = \(retailer) AND account.account_id = new.account
            """,
        ]
    }

    private func claimRows(_ receipts: Range<Int>, _ rows: BareRows) -> [SQL] {
        let (town, day) = (basket.town, basket.soldAt.utcDay)
        let ids = receipts.map { _ in Identifier(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)) }
        let campaigns = receipts.map { town.campaigns[basket.campaign(of: $0)] }
        let shoppers = receipts.map { Int64(basket.shopper(of: $0)) }
        return [
            """
            INSERT INTO redemption (
                retailer_id, business_day, store_ordinal, till, shift, number, line_no, campaign_id, redemption_id, supplier_id,
                campaign_version, shopper_key, product_ordinal, unit, quantity_milli, units, regular_amount, base_amount,
                vat_rate_bp, claimed_amount, allowed_amount, funded_amount, fee_amount, counted_on, sold_at, posted_at
            )
            SELECT \(town.retailer), \(day), store, '1', '', number, 1, campaign, id, \(town.supplier), 1, shopper, product,
                'piece', 1000, 1, 10000, 10000, 1000, 1500, 1500, 1500, 75, \(day), \(basket.soldAt), \(basket.soldAt)
            FROM unnest(
                \(receipts.map { Int32(basket.store(of: $0)) }), \(receipts.map { "\(basket.run)-\($0)" }), \(campaigns),
                \(ids), \(shoppers), \(receipts.map { Int32(basket.product(of: $0, line: 1)) })
            ) AS new (store, number, campaign, id, shopper, product)
            """,
            """
            INSERT INTO redemption_share (retailer_id, redemption_id, account_id, discount_amount, fee_amount)
            SELECT \(town.retailer), id, account, 1500, 75
            FROM unnest(\(ids), \(receipts.map { town.accounts[basket.campaign(of: $0)] })) AS new (id, account)
            """,
            """
            INSERT INTO limit_counter (retailer_id, campaign_id, counter, subject, period, used, held, limit_units)
            SELECT \(town.retailer), campaign, 'units_per_shopper', shopper::text, '', count(*), 0, 1000000
            FROM unnest(\(campaigns), \(shoppers)) AS new (campaign, shopper)
            GROUP BY campaign, shopper ORDER BY campaign, shopper
            ON CONFLICT (retailer_id, campaign_id, counter, subject, period) DO UPDATE
            SET used = limit_counter.used + EXCLUDED.used
            """,
            """
            WITH head AS (
                UPDATE log_head SET position = position + \(Int64(receipts.count)) WHERE retailer_id = \(town.retailer)
                RETURNING position
            )
            INSERT INTO event (
                retailer_id, position, logged_on, event_id, type, subject_kind, subject_id, campaign_id, units, amount, data,
                occurred_at
            )
            SELECT \(town.retailer), head.position - \(Int64(receipts.count)) + place, \(day), id, 'redemption.paid', 'campaign',
                campaign::text, campaign, 1, 1500, \(JSONB(Array(Self.body.utf8))), \(basket.soldAt)
            FROM head, unnest(\(ids), \(campaigns)) WITH ORDINALITY AS new (id, campaign, place)
            """,
        ]
    }

    private static let body =
        "{\"fee\": {\"amount\": 75, \"currency\": \"RUB\"}, \"units\": 1, \"funded\": {\"amount\": 1500, \"currency\": \"RUB\"}, "
        + "\"reason\": null, \"claimed\": {\"amount\": 1500, \"currency\": \"RUB\"}, \"campaign_id\": "
        + "\"campaign_01k5n4yq9mfd3t7h2v8w6x0c5r\", \"redemption_id\": \"redemption_01k5n4yq9mfd3t7h2v8w6x0c5r\"}"
}
