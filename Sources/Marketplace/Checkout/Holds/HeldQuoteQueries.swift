import Campaigns
import EventLog
import Kernel
import Postgres
import Receipts

extension Transaction {
    /// Quotes of one basket wait for each other, so that each finds the one before it. Locked in one order everywhere.
    func lock(_ baskets: [BasketPlace], at retailer: RetailerID) throws {
        let names = baskets.map { "basket \(retailer) \($0.store) \($0.basket)" }
        try execute(
            """
            SELECT pg_advisory_xact_lock(sorted.lock)
            FROM (
                SELECT DISTINCT hashtextextended(wanted.name, 0) AS lock FROM unnest(\(names)) AS wanted (name) ORDER BY lock
            ) AS sorted
            """)
    }

    /// The live hold of each basket that has one. Served by `held_quote_one_for_basket`.
    func pendingQuotes(of baskets: [BasketPlace], at retailer: RetailerID) throws -> [BasketPlace: QuoteID] {
        let found = try query(
            """
            SELECT quote.store_ordinal, quote.basket_id, quote.quote_id
            FROM unnest(\(baskets.map(\.store)), \(baskets.map(\.basket))) AS wanted (store_ordinal, basket_id)
            JOIN held_quote AS quote ON quote.retailer_id = \(retailer) AND quote.store_ordinal = wanted.store_ordinal
                AND quote.basket_id = wanted.basket_id AND quote.state = 'pending'
            """
        ) { row in
            (BasketPlace(store: try row.next(), basket: try row.next()), try row.next(QuoteID.self))
        }
        return Dictionary(found) { first, _ in first }
    }

    func insert(_ held: [HoldsDecision.Held], of retailer: RetailerID) throws {
        let quotes = held.map(\.quote)
        let discounts = held.flatMap(\.newDiscounts)
        let parts = discounts.flatMap(\.takenOver)
        var statements: [SQL] = [
            """
            INSERT INTO held_quote (
                retailer_id, quote_id, basket_id, store_ordinal, shopper_key, channel, state, business_day, quoted_at, expires_at
            )
            SELECT \(retailer), new.quote_id, new.basket_id, new.store_ordinal, new.shopper_key, new.channel, new.state,
                new.business_day, new.quoted_at, new.expires_at
            FROM unnest(
                \(quotes.map(\.id)), \(quotes.map(\.basket)), \(quotes.map(\.store)), \(quotes.map(\.shopper)),
                \(quotes.map(\.channel)), \(quotes.map(\.state)), \(quotes.map(\.businessDay)), \(quotes.map(\.quotedAt)),
                \(quotes.map(\.expiresAt))
            ) AS new (
                quote_id, basket_id, store_ordinal, shopper_key, channel, state, business_day, quoted_at, expires_at
            )
            """,
            """
            INSERT INTO held_discount (
                retailer_id, quote_id, line_no, campaign_id, campaign_version, product_ordinal, quantity_milli, units,
                discount_amount, fee_amount, is_paced
            )
            SELECT \(retailer), new.quote_id, new.line_no, new.campaign_id, new.version, new.product, new.quantity, new.units,
                new.amount, new.fee, new.is_paced
            FROM unnest(
                \(discounts.map(\.quote)), \(discounts.map(\.discount.lineNo)), \(discounts.map(\.discount.campaign)),
                \(discounts.map(\.discount.version)), \(discounts.map(\.discount.product)), \(discounts.map(\.quantityMilli)),
                \(discounts.map(\.discount.units)), \(discounts.map(\.discount.amountMinor)),
                \(discounts.map(\.discount.split.feeMinor)), \(discounts.map(\.isPaced))
            ) AS new (quote_id, line_no, campaign_id, version, product, quantity, units, amount, fee, is_paced)
            """,
        ]
        if !parts.isEmpty { statements.append(insertion(of: parts, retailer)) }
        try pipeline(statements)
    }

    private func insertion(of parts: [NewPart], _ retailer: RetailerID) -> SQL {
        """
        INSERT INTO held_share (retailer_id, quote_id, line_no, campaign_id, account_id, discount_amount)
        SELECT \(retailer), new.quote_id, new.line_no, new.campaign_id, new.account_id, new.amount
        FROM unnest(
            \(parts.map(\.quote)), \(parts.map(\.lineNo)), \(parts.map(\.campaign)), \(parts.map(\.account)),
            \(parts.map(\.minor))
        ) AS new (quote_id, line_no, campaign_id, account_id, amount)
        """
    }

    /// Held quotes by id, with their discounts.
    func heldQuotes(_ ids: [QuoteID], of retailer: RetailerID) throws -> [(quote: HeldQuote, discounts: [HeldDiscount])] {
        guard !ids.isEmpty else { return [] }
        let discounts = Dictionary(grouping: try heldDiscounts(of: ids, at: retailer), by: \.quote)
        return try query(
            """
            SELECT quote_id, basket_id, store_ordinal, shopper_key, channel, business_day, quoted_at, expires_at, state
            FROM held_quote
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(ids))
            ORDER BY quote_id
            """
        ) { row in
            let id: QuoteID = try row.next()
            let quote = HeldQuote(
                id: id, basket: try row.next(), store: try row.next(), shopper: try row.nextOptional(), channel: try row.next(),
                businessDay: try row.next(), quotedAt: try row.next(), expiresAt: try row.next(), state: try row.next())
            return (quote, discounts[id] ?? [])
        }
    }

    /// One statement, which reads what was taken over with them.
    func heldDiscounts(of quotes: [QuoteID], at retailer: RetailerID) throws -> [HeldDiscount] {
        try query(
            """
            SELECT quote_id, line_no, campaign_id, campaign_version, product_ordinal, quantity_milli, units, discount_amount,
                fee_amount, is_paced, taken_over.accounts, taken_over.amounts
            FROM held_discount AS discount
            CROSS JOIN LATERAL (
                SELECT COALESCE(array_agg(account_id), '{}') AS accounts, COALESCE(array_agg(discount_amount), '{}') AS amounts
                FROM held_share
                WHERE held_share.retailer_id = \(retailer) AND held_share.quote_id = discount.quote_id
                    AND held_share.line_no = discount.line_no AND held_share.campaign_id = discount.campaign_id
            ) AS taken_over
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes))
            ORDER BY quote_id, line_no, campaign_id
            """
        ) { row in
            var discount = HeldDiscount(
                quote: try row.next(), lineNo: try row.next(), campaign: try row.next(), version: try row.next(),
                product: try row.next(), quantityMilli: try row.next(), units: try row.next(), amountMinor: try row.next(),
                feeMinor: try row.next(), isPaced: try row.next())
            let (accounts, amounts): ([Identifier], [Int64]) = (try row.next(), try row.next())
            discount.takenOver = Dictionary(zip(accounts, amounts)) { first, _ in first }
            return discount
        }
    }

    /// Ends a hold once and gives its limits back; false where it had ended. The ledger's side is the caller's.
    @discardableResult
    func resolve(_ quote: QuoteID, as state: HeldQuoteState, at now: Instant, of retailer: RetailerID) throws -> Bool {
        try resolve([quote], as: state, at: now, of: retailer) == [quote]
    }

    /// Ends those of these holds that had not ended, gives their limits back and says which they were.
    @discardableResult
    func resolve(
        _ quotes: [QuoteID], as state: HeldQuoteState, at now: Instant, of retailer: RetailerID
    ) throws -> [QuoteID] {
        guard !quotes.isEmpty else { return [] }
        let ended = try query(
            """
            UPDATE held_quote
            SET state = \(state), resolved_at = \(now)
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes)) AND state = 'pending'
            RETURNING quote_id
            """
        ) { row in try row.next(QuoteID.self) }
        try releaseLimits(of: ended.sorted(), at: retailer)
        return ended
    }

    /// Expired quotes that a receipt was paid by: they are paid by once. Their money and limits were given back before.
    func markPosted(_ expired: [QuoteID], at now: Instant, of retailer: RetailerID) throws {
        guard !expired.isEmpty else { return }
        try execute(
            """
            UPDATE held_quote
            SET state = 'posted', resolved_at = \(now)
            WHERE retailer_id = \(retailer) AND quote_id = ANY (\(expired)) AND state = 'expired'
            """)
    }

    /// Everything that held quotes' discounts keep of limits: by shopper where they have one, and of the campaign; money
    /// where it is paced.
    func releaseLimits(of quotes: [QuoteID], at retailer: RetailerID) throws {
        guard !quotes.isEmpty else { return }
        let shoppers: SQL = """
            SELECT shopper_key FROM held_quote WHERE retailer_id = \(retailer) AND quote_id = ANY (\(quotes))
            """
        try execute(
            """
            WITH \(fragment: .noted(.limits, of: retailer, keys: shoppers))
            UPDATE limit_counter
            SET held = limit_counter.held - kept.amount
            FROM (
                SELECT discount.campaign_id, bound.counter, bound.subject, bound.period, sum(bound.amount)::bigint AS amount
                FROM held_quote AS quote
                JOIN held_discount AS discount ON discount.retailer_id = \(retailer) AND discount.quote_id = quote.quote_id
                CROSS JOIN LATERAL (
                    SELECT counter, subject, period, discount.units AS amount
                    FROM (
                        VALUES ('units', '', ''), ('units_per_store', 'store ' || quote.store_ordinal, ''),
                            ('units_per_shopper', quote.shopper_key::text, ''),
                            ('units_per_shopper_week', quote.shopper_key::text,
                                date_trunc('week', quote.business_day)::date::text),
                            ('units_per_shopper_day', quote.shopper_key::text, quote.business_day::text)
                    ) AS counted (counter, subject, period)
                    UNION ALL
                    SELECT counter, subject, period, discount.discount_amount + discount.fee_amount
                    FROM (
                        VALUES ('amount_per_day', '', quote.business_day::text),
                            ('amount_per_store', 'store ' || quote.store_ordinal, ''),
                            ('amount_per_store_day', 'store ' || quote.store_ordinal, quote.business_day::text)
                    ) AS paced (counter, subject, period)
                    WHERE discount.is_paced
                ) AS bound
                WHERE quote.retailer_id = \(retailer) AND quote.quote_id = ANY (\(quotes))
                GROUP BY discount.campaign_id, bound.counter, bound.subject, bound.period
            ) AS kept
            WHERE limit_counter.retailer_id = \(retailer) AND limit_counter.campaign_id = kept.campaign_id
                AND limit_counter.counter = kept.counter AND limit_counter.subject = kept.subject
                AND limit_counter.period = kept.period
            """)
    }
}

/// A till's transaction in a store.
struct BasketPlace: Hashable, Sendable {
    let store: Int32
    let basket: ExternalID
}

/// A discount of a held quote on its way into the table.
private struct NewDiscount {
    let quote: QuoteID
    let discount: QuoteDecision.Discount
    let quantityMilli: Int64
    let isPaced: Bool
    /// Whether its parts are others than its campaign's shares say.
    let isTakenOver: Bool

    var takenOver: [NewPart] {
        guard isTakenOver else { return [] }
        return discount.split.parts.map {
            NewPart(
                quote: quote, lineNo: discount.lineNo, campaign: discount.campaign, account: $0.account, minor: $0.discountMinor)
        }
    }
}

/// What one account keeps of it.
private struct NewPart {
    let quote: QuoteID
    let lineNo: Int32
    let campaign: CampaignID
    let account: Identifier
    let minor: Int64
}

extension HoldsDecision.Held {
    fileprivate var newDiscounts: [NewDiscount] {
        let quantities = Dictionary(situation.basket.lines.map { ($0.lineNo, $0.quantityMilli) }) { first, _ in first }
        let campaigns = Dictionary(situation.campaigns.map { ($0.id, $0) }) { first, _ in first }
        return decision.discounts.map { discount in
            let campaign = campaigns[discount.campaign]
            return NewDiscount(
                quote: quote.id, discount: discount, quantityMilli: quantities[discount.lineNo] ?? 0,
                isPaced: campaign?.pacing != nil,
                isTakenOver: campaign.map { discount.split != $0.sharing(discount.amountMinor, discount.units) } ?? false)
        }
    }
}
